"""The tables of secrets and credentials."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class Secret(Base):
    """A secret by its name; the value is encrypted."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: Null once it is deleted: a step that needs it says so, and does not send an empty text.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Time)


class FormerSecret(Base):
    """A value that a secret had: services may still send it back, so it is still taken out of what steps store."""

    __tablename__ = "former_secrets"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    replaced_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Credential(Base):
    """How a request is authorized, and at which hosts; its secrets are named, not contained."""

    __tablename__ = "credentials"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: ``bearer``, ``basic``, ``header`` or ``oauth2_client``.
    type: Mapped[str] = mapped_column(Text)
    #: As its author wrote them.
    hosts: Mapped[Any] = mapped_column(JSON)
    #: The members that its type has.
    settings: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())

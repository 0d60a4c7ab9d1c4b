"""The tables of hooks and of the deliveries that they refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Identity, LargeBinary, SmallInteger, Text, func, true
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class HookRow(Base):
    """A hook: an address to which another system delivers events, and how its deliveries are verified."""

    __tablename__ = "hooks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The end of its URL, ``/hooks/<name>``.
    name: Mapped[str] = mapped_column(Text, unique=True)
    scheme: Mapped[str] = mapped_column(Text)
    #: Where the scheme ``hmac`` finds its signature; null for all others.
    options: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: The JSON list of its secrets, sealed; null: it has none.
    sealed_secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: The number of these secrets.
    secrets: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The token of ``hub.verify_token``, sealed; null: it has none.
    sealed_verify_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    #: Deliveries that it has refused since it was created.
    refused: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: A new number with each save, so that processes know whether to read the hooks again.
    revision: Mapped[int] = mapped_column(BigInteger, Identity())
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class HookRefusal(Base):
    """One of the newest refused deliveries of a hook; a later one takes its slot."""

    __tablename__ = "hook_refusals"

    hook_id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The remainder of ``number``, so that a hook has a bounded number of rows.
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    #: Which of the refused deliveries of the hook, counted from 1.
    number: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Time)
    reason: Mapped[str] = mapped_column(Text)
    #: The sender's id of the delivery, where a header has it; nobody has verified it.
    delivery_id: Mapped[str | None] = mapped_column(Text)
    #: The IP address that sent it.
    address: Mapped[str | None] = mapped_column(Text)

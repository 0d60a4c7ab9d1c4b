"""The tables of API keys, sessions and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class ApiKey(Base):
    """A key with which a program, or a person at the studio, calls the API; the key itself is not kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    #: The first characters of the key, by which people recognise it.
    prefix: Mapped[str] = mapped_column(Text)
    #: SHA-256 of the key.
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[Any] = mapped_column(JSON)
    #: The beginning of the names of the workflows that it is bound to; null: it is not bound.
    workflow_prefix: Mapped[str | None] = mapped_column(Text)
    #: Limits of its own; null: those of the settings.
    requests_per_second: Mapped[int | None] = mapped_column(Integer)
    bytes_per_minute: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    created_by: Mapped[str] = mapped_column(Text)
    #: Null: it does not expire.
    expires_at: Mapped[datetime | None] = mapped_column(Time)
    #: To the minute; null: never.
    last_used_at: Mapped[datetime | None] = mapped_column(Time)
    #: Null: it is valid.
    revoked_at: Mapped[datetime | None] = mapped_column(Time)


class LoginSession(Base):
    """A session of the studio, which a cookie names."""

    __tablename__ = "login_sessions"

    #: SHA-256 of the cookie's value.
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: The key that opened it; null: a person did, through the OpenID provider.
    key_id: Mapped[str | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Text)
    #: The scopes of a person; a key's are read from the key.
    scopes: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)


class AccessRevision(Base):
    """One row, one number: it grows with every change of keys and sessions, so that processes know what to read."""

    __tablename__ = "access_revision"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="1")


class AuditEntry(Base):
    """One deed of a person or a key; the trigger ``refuse_change_of_audit`` refuses to change or delete it."""

    __tablename__ = "audit"
    # Entries are added at the end and never changed, so ranges of pages can be summed up once they are full: an entry
    # is looked for in those ranges that may have it, and adding one costs nothing.
    __table_args__ = (
        Index(
            "audit_ranges",
            "actor",
            "thing_id",
            postgresql_using="brin",
            postgresql_ops={"actor": "text_bloom_ops", "thing_id": "text_bloom_ops"},
            postgresql_with={"autosummarize": True, "pages_per_range": 32},
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Time, server_default=func.clock_timestamp())
    actor: Mapped[str] = mapped_column(Text)
    #: How the actor was authenticated: ``key``, ``person`` or ``local``.
    kind: Mapped[str] = mapped_column(Text)
    #: The id of the key; null for people.
    key_id: Mapped[str | None] = mapped_column(Id)
    address: Mapped[str | None] = mapped_column(Text)
    #: A verb, such as ``save`` or ``cancel``.
    action: Mapped[str] = mapped_column(Text)
    #: The kind of the thing, such as ``workflow``.
    thing: Mapped[str] = mapped_column(Text)
    #: Its id, or its name where it has no id.
    thing_id: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)

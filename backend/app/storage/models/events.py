"""The tables of events, of those that started an execution together, and of idempotency keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class EventRow(Base):
    """An event, with its payload as received."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_by_cause", "cause_execution_id", postgresql_where=text("cause_execution_id IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The sender's own id, source, type and time, where it is a CloudEvent.
    external_id: Mapped[Any] = mapped_column(JSON, nullable=True)
    source: Mapped[Any] = mapped_column(JSON, nullable=True)
    type: Mapped[Any] = mapped_column(JSON, nullable=True)
    time: Mapped[Any] = mapped_column(JSON, nullable=True)
    #: The other attributes of a CloudEvent by name, or ``headers`` of a webhook; null if there are none.
    attributes: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    payload: Mapped[Any] = mapped_column(JSON)
    #: The response that the sender got.
    answer: Mapped[Any] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    #: How many executions and events, one because of the other, led to this one; 0 where it came from outside.
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The first execution of those; null where it came from outside.
    root_id: Mapped[str | None] = mapped_column(Id)
    #: The step that posted it; null where it came from outside.
    cause_execution_id: Mapped[str | None] = mapped_column(Id)
    cause_node_id: Mapped[str | None] = mapped_column(Text)
    #: The catalog's revision that its triggers were those of; null: it came before revisions were kept.
    catalog_revision: Mapped[int | None] = mapped_column(BigInteger)


class EventRepeat(Base):
    """One repeat of an event: it came again with the same idempotency key."""

    __tablename__ = "event_repeats"

    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    posted_at: Mapped[datetime] = mapped_column(Time, primary_key=True)


class IdempotencyKey(Base):
    """A key that a request came with, and the response that a repeat gets."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index("idempotency_keys_to_expire", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    #: A digest of the route and the key.
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    route: Mapped[str] = mapped_column(Text)
    #: A hash that the body of a repeat must have; null: any body.
    body_hash: Mapped[str | None] = mapped_column(Text)
    #: The HTTP status and the body of the response; null until the first request is done.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: After this, the same key is a new one; null: never.
    expires_at: Mapped[datetime | None] = mapped_column(Time)


class GatheredEvent(Base):
    """One of several events that started an execution together, out of a window."""

    __tablename__ = "gathered_events"
    __table_args__ = (Index("gathered_events_by_execution", "execution_id"),)

    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)

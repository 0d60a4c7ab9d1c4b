"""The table of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class EventRow(Base):
    """A payload that somebody posted, as received."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The sender's own id, source, type and time, where it is a CloudEvent.
    external_id: Mapped[Any] = mapped_column(JSON, nullable=True)
    source: Mapped[Any] = mapped_column(JSON, nullable=True)
    type: Mapped[Any] = mapped_column(JSON, nullable=True)
    time: Mapped[Any] = mapped_column(JSON, nullable=True)
    #: The other attributes of a CloudEvent by name; null if there are none.
    attributes: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    payload: Mapped[Any] = mapped_column(JSON)
    #: A digest of what makes a repeat a repeat; null where nothing does.
    dedupe_key: Mapped[str | None] = mapped_column(Text, unique=True)
    #: The answer that the sender got, which a repeat gets again.
    answer: Mapped[Any] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    #: How many executions and events, one because of the other, led to this one; 0 where it came from outside.
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The step that posted it; null where it came from outside.
    cause_execution_id: Mapped[str | None] = mapped_column(Id)
    cause_node_id: Mapped[str | None] = mapped_column(Text)

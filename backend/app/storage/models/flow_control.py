"""The tables of lanes and windows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Double,
    Identity,
    Index,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class LaneRow(Base):
    """
    A limit on executions that run at once, or start in a period; they are counted from their own rows.

    A transaction that adds an execution to a lane, or removes one, locks this row first. The row may be missing if the
    lane is empty.
    """

    __tablename__ = "lanes"
    __table_args__ = (Index("lanes_to_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: The workflow whose ``concurrency`` sets the limit and what happens at it; null: the next two columns do.
    workflow_id: Mapped[str | None] = mapped_column(Id)
    slots: Mapped[int] = mapped_column(Integer)
    on_limit: Mapped[str] = mapped_column(Text)
    #: Seconds in which ``slots`` executions may start; null: that number may run at once.
    period: Mapped[float | None] = mapped_column(Double)
    #: When the timekeeper checks whether a queued execution can have a free slot.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)


class WindowRow(Base):
    """Events that gather for one workflow, until it closes and one execution starts with all of them."""

    __tablename__ = "windows"
    __table_args__ = (Index("windows_to_close", "closes_at"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id)
    #: Seconds until it closes: from the first event, or (where ``max_period`` is not null) from the last.
    period: Mapped[float] = mapped_column(Double)
    #: Seconds from the first event after which it closes in any case.
    max_period: Mapped[float | None] = mapped_column(Double)
    #: Events with which it closes at once.
    size: Mapped[int] = mapped_column(Integer)
    events: Mapped[int] = mapped_column(Integer, server_default="0")
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    closes_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class WindowEvent(Base):
    """One event in a window."""

    __tablename__ = "window_events"

    window_name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: Grows as the events arrive.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[str] = mapped_column(Id)
    bytes: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(Time, server_default=func.clock_timestamp())

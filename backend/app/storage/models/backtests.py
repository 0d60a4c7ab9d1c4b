"""The tables of backtests, and of executions that were started for events of the past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, Boolean, Index, Integer, Text, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class BacktestRow(Base):
    """A rule that is tried on the events of a period."""

    __tablename__ = "backtests"
    __table_args__ = (Index("backtests_to_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The workflow whose trigger it may become; null: none.
    workflow_id: Mapped[str | None] = mapped_column(Id)
    rule: Mapped[Any] = mapped_column(JSON)
    #: ``current`` or a revision, as it was asked for; null: the rule is compared with nothing.
    compare_to: Mapped[str | None] = mapped_column(Text)
    #: The trigger that it is compared with, and the revision that had it.
    baseline_revision: Mapped[int | None] = mapped_column(BigInteger)
    baseline: Mapped[Any] = mapped_column(JSON, nullable=True)
    #: The flow control of the workflow when the backtest was created.
    flow: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: Events received from here on, and before there.
    from_time: Mapped[datetime] = mapped_column(Time)
    to_time: Mapped[datetime] = mapped_column(Time)
    status: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    #: What was counted, when it is complete.
    report: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(Time)
    #: When a timekeeper asks workers to go on with it; null once it has ended.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)


class BacktestSlice(Base):
    """A part of the events of a backtest, which one worker evaluates in one or several transactions."""

    __tablename__ = "backtest_slices"

    backtest_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: The first event that is still to be evaluated, and the event before which the slice ends; null: the last one.
    first_id: Mapped[str] = mapped_column(Id)
    end_id: Mapped[str | None] = mapped_column(Id)
    #: Events that it had when it was made, and those evaluated so far.
    events: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    is_done: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: What was counted so far.
    tally: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)


class BacktestPart(Base):
    """The events of one transaction of a slice that belong to one set, such as ``new``."""

    __tablename__ = "backtest_parts"

    backtest_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: Events of the slice that were evaluated before.
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event_ids: Mapped[list[str]] = mapped_column(ARRAY(Id))


class RetroStart(Base):
    """An event of the past that was given to a workflow afterwards: once ever, whoever asks."""

    __tablename__ = "retro_starts"
    __table_args__ = (
        Index("retro_starts_by_execution", "execution_id", postgresql_where=text("execution_id IS NOT NULL")),
    )

    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: Null if it was dropped, or gathered with others.
    execution_id: Mapped[str | None] = mapped_column(Id)
    #: The backtest that found it; null: it was started alone.
    backtest_id: Mapped[str | None] = mapped_column(Id)
    #: ``queued``, ``dropped``, ``replacing`` or ``gathered``, and why; null: it started at once.
    outcome: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))

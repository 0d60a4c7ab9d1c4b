"""Backtests: created, read, ended and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.storage.backtests.work import Backtest, BacktestStatus
from app.storage.ids import new_id, parse_id
from app.storage.models.backtests import BacktestPart, BacktestRow, BacktestSlice

#: Backtests that may be unfinished at a time, so that executions find free workers.
MOST_UNFINISHED = 10


@dataclass(frozen=True)
class NewBacktest:
    """A backtest that is to be created."""

    rule: Any
    workflow_id: str | None
    #: ``current`` or a revision, as it was asked for; None: the rule is compared with nothing.
    compare_to: str | None
    baseline_revision: int | None
    baseline: Any
    flow: Any
    from_time: datetime
    to_time: datetime


_COLUMNS: Any = tuple(getattr(BacktestRow, name) for name in Backtest._fields)


def create_backtest(session: Session, new: NewBacktest) -> str:
    """Store a backtest that workers take up; returns its id. Raises Conflict where too many are unfinished."""
    unfinished = session.scalar(select(func.count()).where(BacktestRow.next_check_at.is_not(None))) or 0
    if unfinished >= MOST_UNFINISHED:
        raise Conflict(f"{unfinished} backtests are not finished; wait for one, or delete one.")
    id = new_id()
    values = {**vars(new), "id": id, "status": BacktestStatus.PENDING.value, "next_check_at": func.clock_timestamp()}
    session.execute(insert(BacktestRow).values(values))
    return id


def get_backtest(session: Session, id: str) -> Backtest:
    """The backtest with this id. Raises NotFound."""
    row = session.execute(select(*_COLUMNS).where(BacktestRow.id == parse_id(id))).first()
    if row is None:
        raise NotFound.of("Backtest", id)
    return Backtest(*row)


class Progress(NamedTuple):
    """How far a backtest is."""

    #: Events that were evaluated, and those that there were when it began.
    done: int
    total: int
    #: What the slices have counted so far.
    tallies: list[Any]


def read_progress(session: Session, id: str) -> Progress:
    """How far a backtest is, and what was counted so far."""
    rows = session.execute(
        select(BacktestSlice.done, BacktestSlice.events, BacktestSlice.tally).where(BacktestSlice.backtest_id == id)
    ).all()
    return Progress(sum(row[0] for row in rows), sum(row[1] for row in rows), [row[2] for row in rows if row[2]])


def delete_backtest(session: Session, id: str) -> None:
    """Stop a backtest and forget it; what it started stays. Raises NotFound."""
    found = get_backtest(session, id).id
    # Like a worker, which holds a slice when it notes its progress: first slices, then the backtest. One that holds
    # a slice commits before this goes on, so no part is left behind; nor are slices that were being made meanwhile.
    session.execute(delete(BacktestSlice).where(BacktestSlice.backtest_id == found))
    session.execute(delete(BacktestRow).where(BacktestRow.id == found))
    session.execute(delete(BacktestSlice).where(BacktestSlice.backtest_id == found))
    session.execute(delete(BacktestPart).where(BacktestPart.backtest_id == found))

"""The events of the sets of a backtest, such as ``new``, in the order of their ids."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.storage.models.backtests import BacktestPart


class Position(NamedTuple):
    """A place in a set: a slice, a part of it, and the number of events of that part before."""

    number: int = 0
    place: int = 0
    offset: int = 0


def page_of_set(
    session: Session, backtest_id: str, kind: str, *, start: Position, limit: int
) -> tuple[list[str], Position | None]:
    """At most ``limit`` events of a set from a position on, and the position after them; None: there are no more."""
    key = tuple_(BacktestPart.number, BacktestPart.place)
    columns: Any = (BacktestPart.number, BacktestPart.place, BacktestPart.event_ids)
    query = select(*columns).where(BacktestPart.backtest_id == backtest_id, BacktestPart.kind == kind)
    query = query.where(key >= (start.number, start.place)).order_by(BacktestPart.number, BacktestPart.place)
    found: list[str] = []
    for number, place, ids in session.execute(query.execution_options(yield_per=20)):
        offset = start.offset if (number, place) == (start.number, start.place) else 0
        taken = ids[offset : offset + limit - len(found)]
        if not taken and offset < len(ids):
            return found, Position(number, place, offset)
        found += taken
        if offset + len(taken) < len(ids):
            return found, Position(number, place, offset + len(taken))
    return found, None

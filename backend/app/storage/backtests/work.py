"""Backtests as workers work on them: taken up, begun, and ended."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from app.storage.database import Cursor
from app.storage.json_text import dumps

#: Seconds without progress after which a timekeeper asks workers to go on with a backtest.
PATIENCE = 10.0


class BacktestStatus(str, Enum):
    """The state of a backtest."""

    #: No worker has made its slices yet.
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    #: It could not be evaluated; ``error`` has the reason.
    FAILED = "FAILED"
    #: It was stopped.
    CANCELLED = "CANCELLED"


class Backtest(NamedTuple):
    """A backtest as it is stored."""

    id: str
    rule: Any
    workflow_id: str | None
    compare_to: str | None
    baseline_revision: int | None
    baseline: Any
    flow: Any
    from_time: datetime
    to_time: datetime
    status: str
    error: str | None
    report: Any
    created_at: datetime
    finished_at: datetime | None


_NAMES = ", ".join(Backtest._fields)
_DUE = """
WITH due AS (
    SELECT id FROM backtests WHERE next_check_at <= statement_timestamp()
    ORDER BY next_check_at LIMIT 100 FOR UPDATE SKIP LOCKED
)
UPDATE backtests b SET next_check_at = clock_timestamp() + %(patience)s * interval '1 second'
FROM due WHERE b.id = due.id
"""


def take_due_backtests(cursor: Cursor) -> int:
    """Take the backtests that make no progress; other timekeepers leave them alone for ``PATIENCE`` seconds."""
    cursor.execute(_DUE, {"patience": PATIENCE})
    return cursor.rowcount


def fetch_backtest(cursor: Cursor, id: str) -> Backtest | None:
    """A backtest; None if it was deleted."""
    cursor.execute(f"SELECT {_NAMES} FROM backtests WHERE id = %s", (id,))
    row = cursor.fetchone()
    return None if row is None else Backtest(*row)


def lock_pending(cursor: Cursor) -> Backtest | None:
    """The oldest backtest that has no slices yet, locked in the open transaction; None if there is none."""
    return _lock_one(cursor, "status = 'PENDING'")


def lock_evaluated(cursor: Cursor) -> Backtest | None:
    """The oldest backtest whose slices are all done, locked in the open transaction; None if there is none."""
    undone = "SELECT FROM backtest_slices s WHERE s.backtest_id = backtests.id AND NOT s.is_done"
    return _lock_one(cursor, f"status = 'RUNNING' AND NOT EXISTS ({undone})")


def _lock_one(cursor: Cursor, condition: str) -> Backtest | None:
    cursor.execute(
        f"SELECT {_NAMES} FROM backtests WHERE next_check_at IS NOT NULL AND {condition}"
        " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    row = cursor.fetchone()
    return None if row is None else Backtest(*row)


def read_tallies(cursor: Cursor, id: str) -> list[Any]:
    """What the slices of a backtest have counted."""
    cursor.execute("SELECT tally FROM backtest_slices WHERE backtest_id = %s AND tally IS NOT NULL", (id,))
    return [tally for (tally,) in cursor.fetchall()]


def begin_backtest(cursor: Cursor, id: str) -> None:
    """Note that the slices of a locked backtest are made."""
    cursor.execute("UPDATE backtests SET status = 'RUNNING' WHERE id = %s", (id,))


def note_progress(cursor: Cursor, id: str) -> None:
    """Note that a worker goes on with a backtest, so that no timekeeper asks for it."""
    cursor.execute(
        "UPDATE backtests SET next_check_at = clock_timestamp() + %s * interval '1 second'"
        " WHERE id = %s AND next_check_at IS NOT NULL",
        (PATIENCE, id),
    )


def end_backtest(cursor: Cursor, id: str, *, report: Any = None, error: str | None = None) -> None:
    """End a locked backtest: completed with a report, or failed with an error."""
    status = BacktestStatus.COMPLETED if error is None else BacktestStatus.FAILED
    cursor.execute(
        "UPDATE backtests SET status = %s, report = %s, error = %s, finished_at = clock_timestamp(),"
        " next_check_at = NULL WHERE id = %s",
        (status.value, None if report is None else dumps(report), error, id),
    )

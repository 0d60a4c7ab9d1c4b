"""Looking for what is due costs nothing for what is not: each question is a search in an index."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.storage.flow_control import lanes, schedules, windows
from app.storage.queue_progress import QueueProgress
from app.storage.waiting import fan_outs, signals
from app.storage.walk import due

NOWHERE = QueueProgress()
#: What a timekeeper asks every second, each with the column that says when.
QUESTIONS = {
    "steps": (lambda cursor: due.take_due_steps(cursor, NOWHERE, grace=1, batch=500), "next_check_at"),
    "executions": (
        lambda cursor: due.take_due_executions(cursor, NOWHERE, grace=1, batch=500),
        "next_check_at",
    ),
    "signals": (lambda cursor: signals.take_due_signals(cursor, NOWHERE, grace=1, batch=500), "next_check_at"),
    "fan_outs": (lambda cursor: fan_outs.take_closed(cursor, grace=1, batch=500), "next_check_at"),
    "lanes": (lambda cursor: lanes.list_due_lanes(cursor, batch=500), "next_check_at"),
    "windows": (windows.lock_next_window, "closes_at"),
    "workflows": (lambda cursor: schedules.take_due_schedules(cursor, batch=500), "next_at"),
}


class Explaining:
    """A cursor that asks Postgres how it would answer."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.plans: list[str] = []

    def execute(self, statement: Any, values: Any = None) -> None:
        self.cursor.execute(f"EXPLAIN {statement}", values)
        self.plans.append("\n".join(row[0] for row in self.cursor.fetchall()))

    def fetchall(self) -> list[Any]:
        return []

    def fetchone(self) -> None:
        return None


@pytest.mark.parametrize("table", QUESTIONS)
def test_rows_not_due_are_not_read(database_url: str, table: str) -> None:
    ask, column = QUESTIONS[table]
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        explaining = Explaining(cursor)

        ask(explaining)

    assert f"Index Cond: ({column} <= statement_timestamp())" in explaining.plans[0]

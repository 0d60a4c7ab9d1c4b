"""Schedules: which workflows are due to post an event, and when they are next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.database import Cursor


@dataclass(frozen=True)
class DueSchedule:
    """A workflow whose schedule is due."""

    workflow_id: str
    flow: Any
    #: The first time that is due, and what time it is now.
    first: datetime
    now: datetime


def list_due_schedules(cursor: Cursor, *, batch: int) -> list[DueSchedule]:
    """Workflows whose time has come."""
    cursor.execute(
        "SELECT id, flow, next_at, clock_timestamp() FROM workflows"
        " WHERE next_at <= statement_timestamp() ORDER BY next_at LIMIT %s",
        (batch,),
    )
    return [DueSchedule(*row) for row in cursor.fetchall()]


def set_next_time(cursor: Cursor, due: DueSchedule, next_at: datetime | None) -> None:
    """Set the next time, unless somebody else has, or the workflow was saved since."""
    cursor.execute(
        "UPDATE workflows SET next_at = %s WHERE id = %s AND next_at = %s", (next_at, due.workflow_id, due.first)
    )

"""Schedules: which workflows are due to post an event, and when they are next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.held import Cursor


@dataclass(frozen=True)
class Due:
    """A workflow whose schedule is due."""

    workflow_id: str
    flow: Any
    #: The first time that is due, and what time it is now.
    first: datetime
    now: datetime


def due(cursor: Cursor, *, batch: int) -> list[Due]:
    """Workflows whose time has come."""
    cursor.execute(
        "SELECT id, flow, next_at, clock_timestamp() FROM workflows"
        " WHERE next_at <= statement_timestamp() ORDER BY next_at LIMIT %s",
        (batch,),
    )
    return [Due(*row) for row in cursor.fetchall()]


def move_on(cursor: Cursor, due: Due, next_at: datetime | None) -> None:
    """Set the next time, unless somebody else has, or the workflow was saved since."""
    cursor.execute(
        "UPDATE workflows SET next_at = %s WHERE id = %s AND next_at = %s", (next_at, due.workflow_id, due.first)
    )

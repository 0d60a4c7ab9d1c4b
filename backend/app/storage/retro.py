"""Events of the past that are given to a workflow afterwards: once ever for each event and workflow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.storage.database import Cursor
from app.storage.events import Started
from app.storage.flow_control.fragments import arrival_in


class PastPayload(NamedTuple):
    """An event that may be started afterwards."""

    id: str
    #: As JSON text.
    payload: str
    #: The response that its sender got.
    answer: dict[str, Any]
    received_at: datetime


def fetch_past_event(cursor: Cursor, event_id: str) -> PastPayload | None:
    """An event; None if there is none of this id."""
    cursor.execute("SELECT id, payload::text, answer, received_at FROM events WHERE id = %s", (event_id,))
    row = cursor.fetchone()
    return None if row is None else PastPayload(*row)


def claim_retro_start(cursor: Cursor, event_id: str, workflow_id: str, backtest_id: str | None) -> bool:
    """
    Claim an event for a workflow in the open transaction; False if that was done before.

    Another transaction that claims the same waits here until this one ends.
    """
    cursor.execute(
        "INSERT INTO retro_starts (event_id, workflow_id, backtest_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (event_id, workflow_id, backtest_id),
    )
    return cursor.rowcount == 1


def list_claimed(cursor: Cursor, event_ids: Sequence[str], workflow_id: str) -> set[str]:
    """Those of these events that were given to the workflow afterwards."""
    cursor.execute(
        "SELECT event_id FROM retro_starts WHERE workflow_id = %s AND event_id = ANY(%s::uuid[])",
        (workflow_id, list(event_ids)),
    )
    return {id for (id,) in cursor.fetchall()}


_LIVE = """
SELECT id FROM events WHERE id = ANY(%(ids)s::uuid[]) AND (
    EXISTS (SELECT FROM json_array_elements(answer -> 'executions') AS each
            WHERE each ->> 'workflow_id' = %(workflow)s)
    OR EXISTS (SELECT FROM json_array_elements(coalesce(answer -> 'held', '[]')) AS each
               WHERE each ->> 'workflow_id' = %(workflow)s AND each ->> 'outcome' <> 'dropped'))
"""


def list_started_live(cursor: Cursor, event_ids: Sequence[str], workflow_id: str) -> set[str]:
    """Those of these events that the workflow took when they came: they started, were queued, or were gathered."""
    cursor.execute(_LIVE, {"ids": list(event_ids), "workflow": workflow_id})
    return {id for (id,) in cursor.fetchall()}


def note_outcome(
    cursor: Cursor,
    event_id: str,
    workflow_id: str,
    *,
    execution_id: str | None,
    outcome: str | None,
    message: str | None,
) -> None:
    """Note what became of a claimed event."""
    cursor.execute(
        "UPDATE retro_starts SET execution_id = %s, outcome = %s, message = %s"
        " WHERE event_id = %s AND workflow_id = %s",
        (execution_id, outcome, message, event_id, workflow_id),
    )


_START = f"""
INSERT INTO executions (id, workflow_id, version, status, payload, event_id, depth, root_id, next_check_at, lane,
                        arrival, queued, rate, admitted_at)
SELECT s.id, s.workflow_id, s.version, 'PENDING', e.payload, e.id, e.depth, e.root_id,
       CASE WHEN NOT s.queued THEN clock_timestamp() + %(delay)s * interval '1 second' END,
       s.lane, {arrival_in("s.lane", "s.id")}, s.queued, s.rate,
       CASE WHEN NOT s.queued AND s.rate IS NOT NULL THEN clock_timestamp() END
FROM events e, unnest(%(ids)s::uuid[], %(workflow_ids)s::uuid[], %(versions)s::int[], %(lanes)s::text[],
                      %(queued)s::bool[], %(rates)s::text[]) AS s (id, workflow_id, version, lane, queued, rate)
WHERE e.id = %(event)s
"""


def start_for_event(cursor: Cursor, started: Started, event_id: str, *, delay: float) -> None:
    """Write the executions of an event of the past; a timekeeper looks after them ``delay`` seconds from now."""
    cursor.execute(_START, {**vars(started), "event": event_id, "delay": delay})

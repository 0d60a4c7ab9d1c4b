"""Ended executions with all that they recorded, for a new version to be tried on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.storage.database import Cursor
from app.storage.events import event_variables


class Recording(NamedTuple):
    """An ended execution."""

    id: str
    version: int
    payload: Any
    depth: int
    #: The variables of the event that started it.
    event: dict[str, Any]


class RecordingFilter(NamedTuple):
    """Which ended executions are meant; None: any."""

    statuses: Sequence[str]
    version: int | None = None
    #: The moments at which they were created: from the first on, and before the second.
    since: datetime | None = None
    until: datetime | None = None


_RECORDINGS = """
SELECT e.id, e.version, e.payload, e.depth,
       v.id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at
FROM executions e LEFT JOIN events v ON v.id = e.event_id
WHERE e.workflow_id = %(workflow)s AND e.status = ANY(%(statuses)s) AND e.inline_path IS NULL
  AND (%(version)s::int IS NULL OR e.version = %(version)s::int)
  AND (%(since)s::timestamptz IS NULL OR e.created_at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR e.created_at < %(until)s::timestamptz)
ORDER BY e.id DESC LIMIT %(limit)s"""


def list_recordings(cursor: Cursor, workflow_id: str, wanted: RecordingFilter, *, limit: int) -> list[Recording]:
    """Ended executions of a workflow, newest first."""
    values = {"workflow": workflow_id, "limit": limit, **wanted._asdict(), "statuses": list(wanted.statuses)}
    cursor.execute(_RECORDINGS, values)
    return [Recording(row[0], row[1], row[2], row[3], event_variables(*row[4:])) for row in cursor.fetchall()]


class RecordedStep(NamedTuple):
    """A step of a recording, at its newest attempt."""

    node_id: str
    visit: int
    type: str
    status: str
    scope: str
    branch: str | None
    output: Any
    has_output: bool


_STEPS = """
SELECT execution_id, node_id, visit, type, status, scope, branch, output, has_output FROM (
    SELECT DISTINCT ON (execution_id, node_id, visit) execution_id, node_id, visit, type, status, scope, branch,
        output, output IS NOT NULL AS has_output, finished_at, seq
    FROM steps WHERE execution_id = ANY(%s::uuid[]) AND compensates IS NULL
    ORDER BY execution_id, node_id, visit, attempt DESC
) newest ORDER BY finished_at NULLS LAST, seq"""


def list_recorded_steps(cursor: Cursor, ids: Sequence[str]) -> dict[str, list[RecordedStep]]:
    """The steps of these executions, each in the order in which they were settled, without compensations."""
    found: dict[str, list[RecordedStep]] = {id: [] for id in ids}
    cursor.execute(_STEPS, (list(ids),))
    for id, *row in cursor.fetchall():
        found[id].append(RecordedStep(*row))
    return found

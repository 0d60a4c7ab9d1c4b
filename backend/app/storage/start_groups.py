"""Executions that are started by hand at the same time: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.storage.access.audit import Actor
from app.storage.database import Cursor
from app.storage.ids import new_id
from app.storage.json_text import JsonText
from app.storage.prepared import PreparedStatement
from app.storage.starting import Startable


@dataclass(frozen=True)
class NewExecution:
    """An execution that is to be started, in no lane."""

    id: str
    workflow: Startable
    payload: JsonText
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None


_EXECUTION_TYPES = {"id": "uuid", "workflow_id": "uuid", "version": "int", "revision": "int", "payload": "json"}
_DEED_TYPES = {
    **{"deed_id": "uuid", "execution_id": "uuid", "actor": "text", "actor_kind": "text", "key_id": "uuid"},
    "address": "text",
}
# What ``create_execution`` and ``record_deed`` do. An execution whose workflow was saved or deleted meanwhile is not
# written, and its deed with it.
_CREATE_GROUP = PreparedStatement(
    "create_executions",
    {**{name: f"{type}[]" for name, type in (_EXECUTION_TYPES | _DEED_TYPES).items()}, "grace": "float8"},
    f"""
WITH created AS (
    INSERT INTO executions (id, workflow_id, version, status, payload, next_check_at, queued, priority)
    SELECT g.id, w.id, g.version, 'PENDING', g.payload, now() + make_interval(secs => %(grace)s), false, 0
    FROM unnest({", ".join(f"%({name})s" for name in _EXECUTION_TYPES)}) AS g ({", ".join(_EXECUTION_TYPES)})
    JOIN workflows w ON w.id = g.workflow_id AND w.revision = g.revision AND w.deleted_at IS NULL
    RETURNING id, created_at
), recorded AS (
    INSERT INTO audit (id, actor, kind, key_id, address, action, thing, thing_id)
    SELECT deed_id, actor, actor_kind, key_id, address, 'start', 'execution', c.id::text
    FROM unnest({", ".join(f"%({name})s" for name in _DEED_TYPES)}) AS d ({", ".join(_DEED_TYPES)})
    JOIN created c ON c.id = d.execution_id
)
SELECT id, created_at FROM created
""",
)


def create_executions(cursor: Cursor, group: Sequence[NewExecution], *, grace: float) -> Mapping[str, datetime]:
    """
    Start executions, and record who has started them, in one transaction: when each was created, by its id.

    Those are left out whose workflow was deleted, or is not at the revision that it had when it was read. After
    ``grace`` seconds the timekeeper looks after an execution that no worker has begun.
    """
    audited = [(each.id, each.actor) for each in group if each.actor is not None]
    _CREATE_GROUP.execute(
        cursor,
        {
            "id": [each.id for each in group],
            "workflow_id": [each.workflow.id for each in group],
            "version": [each.workflow.version for each in group],
            "revision": [each.workflow.revision for each in group],
            "payload": [str(each.payload) for each in group],
            "deed_id": [new_id() for _ in audited],
            "execution_id": [id for id, _ in audited],
            "actor": [actor.name for _, actor in audited],
            "actor_kind": [actor.kind for _, actor in audited],
            "key_id": [actor.key_id for _, actor in audited],
            "address": [actor.address for _, actor in audited],
            "grace": grace,
        },
    )
    return dict(cursor.fetchall())

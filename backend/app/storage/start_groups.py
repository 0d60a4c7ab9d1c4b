"""Executions that are started by hand at the same time: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.storage.access.audit import Actor
from app.storage.database import Cursor
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


_EXECUTION_TYPES = {
    **{"id": "uuid", "workflow_id": "uuid", "version": "int", "revision": "int", "payload": "json"},
    #: The place of its caller among those of the group, from 1; null: the audit records nothing.
    "caller": "int",
}
_CALLER_TYPES = {"actor": "text", "kind": "text", "key_id": "uuid", "address": "text"}
_LISTS = {name: f"{type}[]" for name, type in (_EXECUTION_TYPES | _CALLER_TYPES).items()}
# What ``create_execution`` and ``record_deed`` do. An execution whose workflow was saved or deleted meanwhile is not
# written, and its deed with it. The deed has the id of the execution, which no other deed has.
_CREATE_GROUP = PreparedStatement(
    "create_executions",
    {**_LISTS, "grace": "float8"},
    f"""
WITH created AS (
    INSERT INTO executions (id, workflow_id, version, status, payload, next_check_at, queued, priority)
    SELECT g.id, w.id, g.version, 'PENDING', g.payload, now() + make_interval(secs => %(grace)s), false, 0
    FROM unnest({", ".join(f"%({name})s" for name in _EXECUTION_TYPES)}) AS g ({", ".join(_EXECUTION_TYPES)})
    JOIN workflows w ON w.id = g.workflow_id AND w.revision = g.revision AND w.deleted_at IS NULL
    RETURNING id, created_at
), recorded AS (
    INSERT INTO audit (id, {", ".join(_CALLER_TYPES)}, action, thing, thing_id)
    SELECT c.id, {", ".join(f"(%({name})s)[d.caller]" for name in _CALLER_TYPES)}, 'start', 'execution', c.id::text
    FROM unnest(%(id)s, %(caller)s) AS d (id, caller) JOIN created c ON c.id = d.id
    WHERE d.caller IS NOT NULL
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
    places: dict[_Columns, int] = {}
    _CREATE_GROUP.execute(
        cursor,
        {
            "id": [each.id for each in group],
            "workflow_id": [each.workflow.id for each in group],
            "version": [each.workflow.version for each in group],
            "revision": [each.workflow.revision for each in group],
            "payload": [str(each.payload) for each in group],
            "caller": [_place_of(each.actor, places) for each in group],
            **{name: [columns[at] for columns in places] for at, name in enumerate(_CALLER_TYPES)},
            "grace": grace,
        },
    )
    return dict(cursor.fetchall())


#: Name, kind, id of the key and address of a caller.
_Columns = tuple[str, str, str | None, str | None]


def _place_of(actor: Actor | None, places: dict[_Columns, int]) -> int | None:
    """The place of a caller among those of the group so far, which it joins; None where there is none."""
    if actor is None:
        return None
    return places.setdefault((actor.name, actor.kind, actor.key_id, actor.address), len(places) + 1)

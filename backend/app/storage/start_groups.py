"""Executions that are started by hand at the same time: one transaction, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.access.audit import Actor
from app.storage.database import Cursor
from app.storage.flow_control.lanes import Lane, lock_lanes
from app.storage.ids import new_id
from app.storage.json_text import JsonText
from app.storage.prepared import PreparedStatement
from app.storage.starting import SUBMITTED, Created, Startable, text_in_lanes


@dataclass(frozen=True)
class NewExecution:
    """An execution that is to be started, in no lane."""

    id: str
    workflow: Startable
    payload: JsonText
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None


@dataclass(frozen=True)
class SubmittedStart:
    """A submitted execution that is to be started, in no lane."""

    id: str
    payload: JsonText
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None


_EXECUTION_TYPES = {"id": "uuid", "workflow_id": "uuid", "version": "int", "revision": "int", "payload": "json"}
_DEED_TYPES = {
    **{"deed_id": "uuid", "execution_id": "uuid", "actor": "text", "actor_kind": "text", "key_id": "uuid"},
    "address": "text",
}


def record_starts(started: str) -> str:
    """SQL that records the deeds of those executions that are rows of ``started``; its parameters are ``deeds_of``."""
    return f"""
    INSERT INTO audit (id, actor, kind, key_id, address, action, thing, thing_id)
    SELECT deed_id, actor, actor_kind, key_id, address, 'start', 'execution', s.id::text
    FROM unnest({", ".join(f"%({name})s" for name in _DEED_TYPES)}) AS d ({", ".join(_DEED_TYPES)})
    JOIN {started} s ON s.id = d.execution_id"""


def deeds_of(started: Iterable[tuple[str, Actor | None]]) -> dict[str, Any]:
    """The deeds of executions, each with the caller that the audit records, as parameters of a statement."""
    audited = [(id, actor) for id, actor in started if actor is not None]
    return {
        "deed_id": [new_id() for _ in audited],
        "execution_id": [id for id, _ in audited],
        "actor": [actor.name for _, actor in audited],
        "actor_kind": [actor.kind for _, actor in audited],
        "key_id": [actor.key_id for _, actor in audited],
        "address": [actor.address for _, actor in audited],
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
), recorded AS ({record_starts("created")}
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
    _CREATE_GROUP.execute(
        cursor,
        {
            "id": [each.id for each in group],
            "workflow_id": [each.workflow.id for each in group],
            "version": [each.workflow.version for each in group],
            "revision": [each.workflow.revision for each in group],
            "payload": [str(each.payload) for each in group],
            "grace": grace,
            **deeds_of((each.id, each.actor) for each in group),
        },
    )
    return dict(cursor.fetchall())


# What ``start_submitted`` and ``record_deed`` do. A row that others hold is passed over, so groups that have some in
# common never wait for each other. LATERAL makes each lookup a search by key.
_START_GROUP = PreparedStatement(
    "start_submitted_executions",
    {"id": "uuid[]", "payload": "json[]", **{name: f"{type}[]" for name, type in _DEED_TYPES.items()}}
    | {"grace": "float8"},
    f"""
WITH free AS (
    SELECT g.id, g.payload FROM unnest(%(id)s, %(payload)s) AS g (id, payload)
    CROSS JOIN LATERAL (SELECT FROM executions WHERE id = g.id AND {SUBMITTED} FOR UPDATE SKIP LOCKED) held
), started AS (
    UPDATE executions e SET payload = free.payload, woken_at = clock_timestamp(), queued = false,
        next_check_at = now() + make_interval(secs => %(grace)s), lane = NULL, arrival = NULL, rate = NULL,
        admitted_at = NULL
    FROM free WHERE e.id = free.id
    RETURNING e.id, e.created_at
), recorded AS ({record_starts("started")}
)
SELECT id, created_at FROM started
""",
)


def start_all_submitted(cursor: Cursor, group: Sequence[SubmittedStart], *, grace: float) -> Mapping[str, datetime]:
    """
    Start executions that were submitted, each at most once: when each was created, by its id.

    Those are left out that were started before, or that others hold.
    """
    _START_GROUP.execute(
        cursor,
        {
            "id": [each.id for each in group],
            "payload": [str(each.payload) for each in group],
            "grace": grace,
            **deeds_of((each.id, each.actor) for each in group),
        },
    )
    return dict(cursor.fetchall())


@dataclass(frozen=True)
class LaneStart:
    """An execution without parameters that is to be started in a lane, where the highest ``priority`` starts first."""

    id: str
    workflow: Startable
    priority: int
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None


_RECORD_STARTS = PreparedStatement(
    "record_starts", {name: f"{type}[]" for name, type in _DEED_TYPES.items()}, record_starts("executions")
)
_FIND_ALL = PreparedStatement(
    "find_all_created", {"ids": "uuid[]"}, "SELECT id, queued, created_at FROM executions WHERE id = ANY(%(ids)s)"
)


def create_in_lane(cursor: Cursor, lane: Lane, group: Sequence[LaneStart], *, grace: float) -> Mapping[str, Created]:
    """
    Start executions in one lane, which is locked once, and record who has started them, in one round trip.

    Those are left out whose workflow was deleted, or which the lane drops.
    """
    shared = {"revision": None, "payload": "{}", "grace": grace, "lane": lane.name, "rate": None}
    creates = [
        text_in_lanes(
            cursor,
            [lane],
            {
                **shared,
                **{"id": each.id, "workflow_id": each.workflow.id, "version": each.workflow.version},
                "priority": each.priority,
            },
        )
        for each in group
    ]
    deeds = deeds_of((each.id, each.actor) for each in group)
    records = [_RECORD_STARTS.text(cursor, deeds)] if deeds["deed_id"] else []
    find = _FIND_ALL.text(cursor, {"ids": [each.id for each in group]})
    cursor.execute(b"BEGIN;" + lock_lanes(cursor, [lane]) + b";".join([*creates, *records, b"COMMIT", find]))
    return {row[0]: Created(*row) for row in cursor.fetchall()}

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
_CALLER_TYPES = {"actor": "text", "kind": "text", "key_id": "uuid", "address": "text"}
#: ``caller`` is the place of an execution's caller among those of the group, from 1; null: the audit records nothing.
_DEED_LISTS = {"caller": "int[]", **{name: f"{type}[]" for name, type in _CALLER_TYPES.items()}}
_EXECUTION_LISTS = {name: f"{type}[]" for name, type in _EXECUTION_TYPES.items()}


def record_starts(started: str, *, has_deed_ids: bool = False) -> str:
    """
    SQL that records the deeds of those executions that are rows of ``started``.

    Its parameters are the ``id`` of each execution and ``deeds_of``. A deed has the id of its execution, which no other
    deed has, or one of ``deed_id``: that of an execution which was created earlier would be too old.
    """
    lists = ["id", "caller", *(["deed_id"] if has_deed_ids else [])]
    return f"""
    INSERT INTO audit (id, {", ".join(_CALLER_TYPES)}, action, thing, thing_id)
    SELECT {"d.deed_id" if has_deed_ids else "s.id"}, {", ".join(f"(%({name})s)[d.caller]" for name in _CALLER_TYPES)},
        'start', 'execution', s.id::text
    FROM unnest({", ".join(f"%({name})s" for name in lists)}) AS d ({", ".join(lists)}) JOIN {started} s ON s.id = d.id
    WHERE d.caller IS NOT NULL"""


#: Name, kind, id of the key and address of a caller.
_Columns = tuple[str, str, str | None, str | None]


def deeds_of(actors: Iterable[Actor | None]) -> dict[str, Any]:
    """The callers of a group's executions that the audit records, as parameters of a statement."""
    places: dict[_Columns, int] = {}
    return {
        "caller": [_place_of(actor, places) for actor in actors],
        **{name: [columns[at] for columns in places] for at, name in enumerate(_CALLER_TYPES)},
    }


def _place_of(actor: Actor | None, places: dict[_Columns, int]) -> int | None:
    """The place of a caller among those of the group so far, which it joins; None where there is none."""
    if actor is None:
        return None
    return places.setdefault((actor.name, actor.kind, actor.key_id, actor.address), len(places) + 1)


# What ``create_execution`` and ``record_deed`` do. An execution whose workflow was saved or deleted meanwhile is not
# written, and its deed with it.
_CREATE_GROUP = PreparedStatement(
    "create_executions",
    {**_EXECUTION_LISTS, **_DEED_LISTS, "grace": "float8"},
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
            **deeds_of(each.actor for each in group),
        },
    )
    return dict(cursor.fetchall())


# What ``start_submitted`` and ``record_deed`` do. A row that others hold is passed over, so groups that have some in
# common never wait for each other. LATERAL makes each lookup a search by key.
_START_GROUP = PreparedStatement(
    "start_submitted_executions",
    {"id": "uuid[]", "payload": "json[]", "deed_id": "uuid[]", **_DEED_LISTS, "grace": "float8"},
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
), recorded AS ({record_starts("started", has_deed_ids=True)}
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
            "deed_id": [new_id() for _ in group],
            **deeds_of(each.actor for each in group),
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


_RECORD_STARTS = PreparedStatement("record_starts", {"id": "uuid[]", **_DEED_LISTS}, record_starts("executions"))
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
    ids, deeds = [each.id for each in group], deeds_of(each.actor for each in group)
    records = [_RECORD_STARTS.text(cursor, {"id": ids, **deeds})] if deeds["actor"] else []
    find = _FIND_ALL.text(cursor, {"ids": ids})
    cursor.execute(b"BEGIN;" + lock_lanes(cursor, [lane]) + b";".join([*creates, *records, b"COMMIT", find]))
    return {row[0]: Created(*row) for row in cursor.fetchall()}

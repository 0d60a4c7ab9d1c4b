"""Statements that start an execution by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from app.errors import Conflict, NotFound
from app.storage.database import Cursor, begin, is_idle
from app.storage.flow_control import lanes
from app.storage.flow_control.fragments import arrival_in
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id, parse_id
from app.storage.json_text import JsonText
from app.storage.prepared import PreparedStatement
from app.storage.statuses import TERMINAL


class HasVersion(Protocol):
    """A workflow in one version."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...


class Startable(NamedTuple):
    """A workflow at one revision, as far as its start needs it."""

    id: str
    name: str
    kind: str
    version: int
    revision: int
    flow: dict[str, Any] | None


def fetch_startable(cursor: Cursor, workflow_id: str, *, lock: bool = False) -> Startable:
    """
    A workflow at its newest revision. Raises NotFound, also where it was deleted.

    ``lock`` opens a transaction if none is open, until whose end nobody saves the workflow.
    """
    if lock:
        begin(cursor)
    cursor.execute(
        "SELECT id, name, kind, version, revision, flow FROM workflows WHERE id = %s AND deleted_at IS NULL"
        + (" FOR SHARE" if lock else ""),
        (parse_id(workflow_id),),
    )
    row = cursor.fetchone()
    if row is None:
        raise NotFound.of("Workflow", workflow_id)
    return Startable(*row)


class Created(NamedTuple):
    """An execution that was created."""

    id: str
    #: True where it waits for a slot of its lane.
    queued: bool
    created_at: datetime


_TYPES = {
    **{"id": "uuid", "workflow_id": "uuid", "version": "int", "revision": "int", "payload": "json"},
    **{"grace": "float8", "lane": "text", "priority": "smallint", "rate": "text"},
}
_CREATE_TEXT = f"""
INSERT INTO executions (id, workflow_id, version, status, payload, next_check_at, lane, arrival, queued, priority, rate,
                        admitted_at)
SELECT %(id)s, workflows.id, %(version)s, 'PENDING', %(payload)s,
       CASE WHEN queued THEN NULL ELSE now() + make_interval(secs => %(grace)s) END,
       %(lane)s, {arrival_in("%(lane)s", "%(id)s")}, queued, %(priority)s, %(rate)s,
       CASE WHEN NOT queued AND %(rate)s IS NOT NULL THEN clock_timestamp() END
FROM workflows CROSS JOIN {{place}} place
WHERE workflows.id = %(workflow_id)s AND deleted_at IS NULL AND revision = coalesce(%(revision)s, revision)"""
_CREATE = PreparedStatement(
    "create_execution",
    {**_TYPES, "queued": "bool"},
    f"{_CREATE_TEXT.format(place='(SELECT %(queued)s AS queued)')} RETURNING created_at",
)
#: The same in lanes that the statement before has locked.
_CREATE_IN_LANES = PreparedStatement(
    "create_execution_in_lanes",
    {**_TYPES, **lanes.VALUE_TYPES},
    _CREATE_TEXT.format(place=f"(SELECT NOT is_free AS queued FROM ({lanes.ROOM}) room WHERE NOT drops)"),
)
_FIND_CREATED = PreparedStatement(
    "find_created", {"id": "uuid"}, "SELECT id, queued, created_at FROM executions WHERE id = %(id)s"
)


def create_execution(
    cursor: Cursor,
    workflow: HasVersion,
    payload: JsonText,
    *,
    grace: float,
    version: int | None = None,
    revision: int | None = None,
    lane: Lane | None = None,
    rate: Lane | None = None,
    priority: int = 0,
) -> Created | None:
    """
    Start a workflow by hand, in its own version if no other is given: an execution that waits for a worker.

    None where the workflow was deleted, or is not at this ``revision``. After ``grace`` seconds the timekeeper looks
    after the execution, if no worker has begun it. In a ``lane`` it waits for a slot before, those of a higher
    ``priority`` first, until one that ends lets it in; ``rate`` is a lane that counts what begins in a period, and
    comes with a ``lane``. Where no transaction is open, it is committed at once; if that writes nothing in lanes, a
    transaction is opened to find out why. Raises Conflict if the lane drops executions.
    """
    id = new_id()
    version = workflow.version if version is None else version
    values = {"id": id, "workflow_id": workflow.id, "version": version, "revision": revision, "payload": str(payload)}
    values |= {"grace": grace, "priority": priority}
    values |= {"lane": lane.name if lane else None, "rate": rate.name if rate else None}
    if lane is not None and is_idle(cursor):
        created = _create_in_lanes(cursor, _different(lane, rate), values)
        if created is not None:
            return created
    queued = _must_wait(cursor, lane, rate)
    _CREATE.execute(cursor, {**values, "queued": queued})
    row = cursor.fetchone()
    return None if row is None else Created(id, queued, row[0])


def _create_in_lanes(cursor: Cursor, entered: list[Lane], values: dict[str, Any]) -> Created | None:
    """
    Create an execution in one round trip, during which its lanes are locked; None where nothing was created.

    Starts in one lane follow each other, so each round trip and each change of threads under the lock makes all slower.
    """
    create = text_in_lanes(cursor, entered, values)
    find = _FIND_CREATED.text(cursor, values)
    cursor.execute(b"BEGIN;" + lanes.lock_lanes(cursor, entered) + create + b";COMMIT;" + find)
    row = cursor.fetchone()
    return None if row is None else Created(*row)


def text_in_lanes(cursor: Cursor, entered: Sequence[Lane], values: Mapping[str, Any]) -> bytes:
    """
    The text that creates an execution in lanes that a statement before has locked, unless one of them drops it.

    ``values`` are ``id``, ``workflow_id``, ``version``, ``revision``, ``payload``, ``grace``, ``lane``, ``rate`` and
    ``priority``.
    """
    return _CREATE_IN_LANES.text(cursor, {**values, **lanes.lane_values(entered)})


def _different(lane: Lane, rate: Lane | None) -> list[Lane]:
    """The lanes to lock, each once."""
    return [lane] if rate in (lane, None) else [lane, rate]


def _must_wait(cursor: Cursor, lane: Lane | None, rate: Lane | None) -> bool:
    """Lock these lanes; True if one is full. Raises Conflict if it drops executions instead of queueing them."""
    if lane is None:
        return False
    begin(cursor)
    rooms = lanes.enter_lanes(cursor, _different(lane, rate))
    for room in rooms:
        if room.is_full and room.lane.on_limit == lanes.DROP:
            raise Conflict(f"Nothing is started: {lanes.describe_limit(room.lane)}.")
    return not all(room.is_free for room in rooms)


def submit_execution(cursor: Cursor, workflow_id: str, version: int) -> str:
    """An execution of this version that nothing moves before it is started."""
    id = new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload) VALUES (%s, %s, %s, 'PENDING', '{}')",
        (id, workflow_id, version),
    )
    return id


class Submitted(NamedTuple):
    """An execution that may be started, and the flow control of its workflow."""

    id: str
    status: str
    version: int
    #: The nodes, outermost first, whose graph in place it runs, and the execution of which it is a part.
    inline_path: list[str] | None
    parent_id: str | None
    workflow: Startable


def fetch_submitted(cursor: Cursor, execution_id: str) -> Submitted:
    """An execution that is to be started; its workflow may be deleted. Raises NotFound."""
    return require_submitted(fetch_all_submitted(cursor, [execution_id]), execution_id)


def require_submitted(found: Mapping[str, Submitted], execution_id: str) -> Submitted:
    """One of the executions that were found. Raises NotFound."""
    execution = found.get(parse_id(execution_id) or "")
    if execution is None:
        raise NotFound.of("Execution", execution_id)
    return execution


def fetch_all_submitted(cursor: Cursor, execution_ids: Iterable[str]) -> dict[str, Submitted]:
    """Executions that are to be started, by their ids; those that do not exist are left out."""
    cursor.execute(
        "SELECT e.id, e.status, e.version, e.inline_path, f.execution_id, w.id, w.name, w.kind, w.version, w.revision,"
        " w.flow FROM executions e JOIN workflows w ON w.id = e.workflow_id"
        " LEFT JOIN fan_outs f ON f.id = e.fan_out_id WHERE e.id = ANY(%s::uuid[])",
        ([id for id in map(parse_id, execution_ids) if id],),
    )
    found: dict[str, Submitted] = {}
    for id, status, version, inline_path, parent_id, *workflow in cursor.fetchall():
        found[id] = Submitted(id, status, version, inline_path, parent_id, Startable(*workflow))
    return found


#: True for an execution that was submitted, and not started.
SUBMITTED = "status = 'PENDING' AND NOT queued AND next_check_at IS NULL"
_START_SUBMITTED = f"""
UPDATE executions SET payload = %(payload)s::json, woken_at = clock_timestamp(),
    next_check_at = CASE WHEN %(queued)s THEN NULL ELSE now() + make_interval(secs => %(grace)s) END,
    lane = %(lane)s, arrival = {arrival_in("%(lane)s", "%(arrival)s")}, queued = %(queued)s, rate = %(rate)s,
    admitted_at = CASE WHEN NOT %(queued)s AND %(rate)s::text IS NOT NULL THEN clock_timestamp() END
WHERE id = %(id)s AND {SUBMITTED}
RETURNING created_at"""


def start_submitted(
    cursor: Cursor, id: str, payload: JsonText, *, grace: float, lane: Lane | None = None, rate: Lane | None = None
) -> Created | None:
    """
    Start an execution that was submitted; None if it was not submitted, or was started before.

    ``lane`` and ``rate`` are those of ``create_execution``. Raises Conflict if the lane drops executions.
    """
    if lane is not None:
        # Locks are taken in this order: the execution, then its lanes.
        begin(cursor)
        cursor.execute(f"SELECT FROM executions WHERE id = %s AND {SUBMITTED} FOR UPDATE", (id,))
        if cursor.rowcount == 0:
            return None
    queued = _must_wait(cursor, lane, rate)
    values = {"id": id, "payload": str(payload), "grace": grace, "queued": queued, "arrival": new_id()}
    names = {"lane": lane.name if lane else None, "rate": rate.name if rate else None}
    cursor.execute(_START_SUBMITTED, {**values, **names})
    row = cursor.fetchone()
    return None if row is None else Created(id, queued, row[0])


def repeat_execution(
    cursor: Cursor,
    execution: Submitted,
    payload: JsonText,
    *,
    grace: float,
    lane: Lane | None = None,
    rate: Lane | None = None,
) -> Created | None:
    """
    Start another execution of the same version as one that has ended.

    None where it has not, runs a graph in place, which is a part of another, or its workflow is deleted.
    """
    if execution.inline_path is not None or execution.status not in TERMINAL:
        return None
    return create_execution(
        cursor, execution.workflow, payload, grace=grace, version=execution.version, lane=lane, rate=rate
    )

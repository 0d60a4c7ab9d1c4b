"""
Fan-outs: the children of one step, begun a few at a time.

A transaction that ends a child holds that child and then, until its commit, the fan-out's row; no transaction that
holds a fan-out waits for a running execution. So each child that ends costs one statement, however many children there
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.storage.database import Cursor, fetch_row
from app.storage.ids import new_id
from app.storage.prepared import PreparedStatement
from app.storage.waiting.signals import CHILDREN

# The payload of a child: a whole one, or the fan-out's base, which is compact JSON without these two keys.
_PAYLOAD = """
CASE WHEN f.base_payload IS NULL THEN t.value
     ELSE (left(f.base_payload::text, -1) || CASE WHEN f.base_payload::text = '{}' THEN '' ELSE ',' END
           || '"item":' || t.value::text || ',"index":' || t.number || '}')::json END"""


def _child(id: str, grace: str) -> str:
    return f"""
INSERT INTO executions (id, workflow_id, version, status, payload, event_id, depth, root_id, fan_out_id, item,
    inline_path, test, next_check_at)
SELECT {id}, f.workflow_id, f.version, 'PENDING', {_PAYLOAD}, f.event_id, f.depth, f.root_id, f.id, t.number,
       f.inline_path, CASE WHEN f.is_test THEN '{{}}'::json END, clock_timestamp() + {grace} * interval '1 second'"""


_INSERT = """
INSERT INTO fan_outs (id, execution_id, node_id, visit, attempt, workflow_id, version, inline_path, event_id, is_test,
    depth, root_id, base_payload, collects, total, next_item)
SELECT %(id)s::uuid, e.id, s.node_id, s.visit, s.attempt, (%(workflow_id)s::json #>> '{}')::uuid, %(version)s::int,
       coalesce(nullif(%(inside)s, 'null')::json, CASE WHEN e.test IS NOT NULL THEN '[]'::json END), e.event_id,
       e.test IS NOT NULL, e.depth + 1, coalesce(e.root_id, e.id),
       nullif(%(base)s, 'null')::json, %(collects)s::bool, %(total)s::int, json_array_length(%(children)s::json)
FROM steps s JOIN executions e ON e.id = s.execution_id
WHERE s.execution_id = %(execution_id)s AND s.node_id = %(node_id)s AND s.visit = %(visit)s
  AND s.attempt = %(attempt)s AND s.status = 'WAITING'"""
_ITEMS = """
    FROM fan_outs f CROSS JOIN (
        SELECT value, (n - 1)::int AS number, n AS turn
        FROM json_array_elements(%(items)s::json) WITH ORDINALITY x (value, n)
    ) t WHERE f.id = %(id)s::uuid"""
_FIRST = _child("(%(children)s::json ->> (t.turn - 1)::int)::uuid", grace="%(grace)s")
#: Writes a fan-out with its first children, if the step is WAITING.
INSERT = f"""{_INSERT};
{_FIRST}{_ITEMS} AND t.turn <= f.next_item;
INSERT INTO fan_out_items (fan_out_id, number, value)
SELECT f.id, t.number, t.value{_ITEMS} AND t.turn > f.next_item"""
# Each completed child looks up its item, and each item is deleted by its ctid: Postgres has no statistics of rows that
# were written just now, and would choose a bad join.
#: Writes the fan-out of a further attempt; it takes over the completed children of the attempt before that have the
#: same payload.
INSERT_AGAIN = f"""{_INSERT};
INSERT INTO fan_out_items (fan_out_id, number, value)
SELECT f.id, t.number, t.value{_ITEMS};
WITH before AS MATERIALIZED (
    SELECT o.id FROM fan_outs o
    WHERE o.execution_id = %(execution_id)s AND o.node_id = %(node_id)s AND o.visit = %(visit)s
      AND o.attempt < %(attempt)s
    ORDER BY o.attempt DESC LIMIT 1
), done AS MATERIALIZED (
    SELECT e.id, e.item, e.workflow_id, e.inline_path, e.payload FROM executions e JOIN before o ON e.fan_out_id = o.id
    WHERE e.status = 'COMPLETED'
), kept AS (
    UPDATE executions e SET fan_out_id = f.id
    FROM fan_outs f CROSS JOIN done d CROSS JOIN LATERAL (
        SELECT ctid AS place, * FROM fan_out_items WHERE fan_out_id = %(id)s::uuid AND number = d.item LIMIT 1
    ) t
    WHERE f.id = %(id)s::uuid AND e.id = d.id AND d.workflow_id = f.workflow_id
      AND d.inline_path::text IS NOT DISTINCT FROM f.inline_path::text AND d.payload::text = ({_PAYLOAD})::text
    RETURNING t.place
), known AS (
    DELETE FROM fan_out_items WHERE ctid = ANY (ARRAY(SELECT place FROM kept))
)
UPDATE fan_outs SET ended = (SELECT count(*) FROM kept) WHERE id = %(id)s::uuid;
WITH taken AS (
    DELETE FROM fan_out_items WHERE fan_out_id = %(id)s::uuid AND number IN (
        SELECT number FROM fan_out_items WHERE fan_out_id = %(id)s::uuid
        ORDER BY number LIMIT json_array_length(%(children)s::json))
    RETURNING number, value
), t AS (
    SELECT number, value, row_number() OVER (ORDER BY number) AS turn FROM taken
), child AS ({_FIRST}
    FROM fan_outs f CROSS JOIN t WHERE f.id = %(id)s::uuid
)
UPDATE fan_outs SET next_item = (SELECT coalesce(max(number) + 1, total) FROM t), closed = ended = total
WHERE id = %(id)s::uuid;
INSERT INTO signals (execution_id, node_id, visit, attempt, kind, ref, next_check_at)
SELECT f.execution_id, f.node_id, f.visit, f.attempt, '{CHILDREN}', f.id, clock_timestamp()
FROM fan_outs f WHERE f.id = %(id)s::uuid AND f.closed"""

#: Closes the fan-outs of one execution whose steps are not WAITING any more; the timekeeper cancels their children.
RELEASE = """
UPDATE fan_outs f SET closed = true, next_check_at = clock_timestamp()
FROM steps s
WHERE f.execution_id = %(execution_id)s AND NOT f.closed AND s.execution_id = f.execution_id
  AND s.node_id = f.node_id AND s.visit = f.visit AND s.attempt = f.attempt AND s.status <> 'WAITING'"""

# The items before ``next_item`` have begun. A further attempt has gaps where children were taken over.
_ITEM_AFTER = """coalesce((SELECT i.number + 1 FROM fan_out_items i WHERE i.fan_out_id = fan_outs.id
                  AND i.number >= fan_outs.next_item ORDER BY i.number LIMIT 1), total)"""
# An update waits for the one before it and then sees the row that it wrote, so every child counts itself. Items it sees
# as they were before both; it never takes the other's item, whose number is smaller.
_END = PreparedStatement(
    "end_child",
    {"fan_out": "uuid", "completed": "bool", "child": "uuid", "grace": "float8"},
    f"""
WITH f AS (
    UPDATE fan_outs SET ended = ended + 1, started_next = %(completed)s AND next_item < total,
        next_item = CASE WHEN %(completed)s THEN {_ITEM_AFTER} ELSE next_item END,
        closed = NOT %(completed)s OR ended + 1 = total,
        next_check_at = CASE WHEN NOT %(completed)s THEN clock_timestamp() END
    WHERE id = %(fan_out)s AND NOT closed RETURNING *
), t AS (
    DELETE FROM fan_out_items i USING f WHERE f.started_next AND i.fan_out_id = f.id AND i.number = f.next_item - 1
    RETURNING i.value, i.number
), child AS (
{_child("%(child)s::uuid", grace="%(grace)s")}
    FROM f CROSS JOIN t
)
INSERT INTO signals (execution_id, node_id, visit, attempt, kind, ref, next_check_at)
SELECT f.execution_id, f.node_id, f.visit, f.attempt, '{CHILDREN}', f.id,
       clock_timestamp() + %(grace)s * interval '1 second'
FROM f WHERE f.closed ON CONFLICT DO NOTHING""",
)
_SET_OFF = PreparedStatement(
    "set_off_by_child",
    {"fan_out": "uuid", "child": "uuid"},
    """
SELECT (SELECT id FROM executions WHERE id = %(child)s), f.closed, f.execution_id, f.node_id, f.visit
FROM fan_outs f WHERE f.id = %(fan_out)s""",
)


@dataclass(frozen=True)
class ChildEnd:
    """The consequences of the end of a child."""

    #: The id of the next child, where one has begun.
    child: str | None
    #: The step whose children have all ended, or one of whose children has failed: execution, node, visit.
    signalled: tuple[str, str, int] | None


@dataclass(frozen=True)
class EndOfChild:
    """One child ends: the next one begins, or the waiting step gets a signal."""

    fan_out: str
    completed: bool
    #: Seconds after which the timekeeper checks what follows.
    grace: float
    #: The next child, if there is to be one.
    child: str = field(default_factory=new_id)

    def text(self, cursor: Cursor) -> bytes:
        """The statement, the last of its transaction: it locks the row that all children share."""
        return _END.text(cursor, vars(self))

    def query(self, cursor: Cursor) -> bytes:
        """The query for the consequences, sent after the commit."""
        return _SET_OFF.text(cursor, {"fan_out": self.fan_out, "child": self.child})


def read_child_end(row: Sequence[Any] | None) -> ChildEnd:
    """The consequences of the end of a child, from the row that ``EndOfChild.query`` returned."""
    if row is None:
        return ChildEnd(None, None)
    child, closed, *step = row
    return ChildEnd(child, (step[0], step[1], step[2]) if closed else None)


@dataclass(frozen=True)
class Unfinished:
    """A child that did not complete."""

    id: str
    status: str
    item: int
    error: Any


def find_unfinished(cursor: Cursor, fan_out: str) -> Unfinished | None:
    """The first child that has failed or was cancelled; None where all have completed."""
    cursor.execute(
        "SELECT id, status, item, error FROM executions WHERE fan_out_id = %s AND status IN ('FAILED', 'CANCELLED')"
        " ORDER BY finished_at, item LIMIT 1",
        (fan_out,),
    )
    row = cursor.fetchone()
    return Unfinished(*row) if row else None


def collected_size(cursor: Cursor, fan_out: str) -> tuple[bool, int]:
    """Whether the step collects a list, and the characters of all children's outputs."""
    cursor.execute(
        "SELECT f.collects, coalesce(sum(length(e.output::text)), 0) FROM fan_outs f"
        " LEFT JOIN executions e ON e.fan_out_id = f.id WHERE f.id = %s GROUP BY f.id",
        (fan_out,),
    )
    collects, size = fetch_row(cursor)
    return collects, int(size)


def item_outputs(cursor: Cursor, fan_out: str) -> list[str]:
    """The outputs of the children, in their order, as JSON text."""
    cursor.execute(
        "SELECT coalesce(output::text, 'null') FROM executions WHERE fan_out_id = %s ORDER BY item", (fan_out,)
    )
    return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class ClosedFanOut:
    """A fan-out for whose children nobody waits any more, and what they run."""

    id: str
    workflow_id: str
    version: int
    inline_path: tuple[str, ...]


_TAKE_CLOSED = """
WITH due AS (
    SELECT id FROM fan_outs WHERE next_check_at <= statement_timestamp() AND NOT (id = ANY(%(but)s::uuid[]))
    ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE fan_outs f SET next_check_at = clock_timestamp() + %(grace)s * interval '1 second'
FROM due WHERE f.id = due.id
RETURNING f.id, f.workflow_id, f.version, f.inline_path
"""


def take_closed(cursor: Cursor, *, grace: float, batch: int, but: Sequence[str] = ()) -> list[ClosedFanOut]:
    """Fan-outs whose children are to be cancelled; other timekeepers leave these alone for ``grace`` seconds."""
    cursor.execute(_TAKE_CLOSED, {"grace": grace, "batch": batch, "but": list(but)})
    return [ClosedFanOut(id, workflow, version, tuple(path or ())) for id, workflow, version, path in cursor.fetchall()]


# Children that somebody holds are passed over: they are found again.
_LOCK_CHILDREN = """
SELECT id FROM executions
WHERE fan_out_id = %(id)s AND closing IS NULL AND lane IS NULL
  AND (status = 'PENDING' OR (%(begun)s AND status IN ('RUNNING', 'PAUSED')))
ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
# A step that runs goes on, and its result is recorded. The rows that waited with cancelled steps follow them, as where
# one execution is cancelled.
_CANCEL_CHILDREN = """
UPDATE steps SET status = 'CANCELLED', finished_at = clock_timestamp(), next_check_at = NULL
WHERE execution_id = ANY(%(ids)s::uuid[]) AND status IN ('READY', 'WAITING');
UPDATE executions e SET status = 'CANCELLED', finished_at = clock_timestamp(), queued = false, open_steps = (
    SELECT count(*) FROM steps s WHERE s.execution_id = e.id AND s.status = 'RUNNING')
WHERE e.id = ANY(%(ids)s::uuid[]);
UPDATE approvals SET status = 'CANCELLED' WHERE execution_id = ANY(%(ids)s::uuid[]) AND status = 'PENDING';
UPDATE fan_outs SET closed = true, next_check_at = clock_timestamp()
WHERE execution_id = ANY(%(ids)s::uuid[]) AND NOT closed;
DELETE FROM subscriptions WHERE id IN (
    SELECT id FROM subscriptions WHERE execution_id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE);
"""


def cancel_children(cursor: Cursor, fan_out: str, *, begun: bool, batch: int) -> int:
    """
    Cancel children of a closed fan-out, inside an open transaction; returns how many, at most ``batch``.

    ``begun``: also those that have begun, which is allowed only where nothing of them has to be compensated.
    """
    cursor.execute(_LOCK_CHILDREN, {"id": fan_out, "begun": begun, "batch": batch})
    ids = [id for (id,) in cursor.fetchall()]
    if ids:
        cursor.execute(_CANCEL_CHILDREN, {"ids": ids})
    return len(ids)


_LEFT = """
SELECT id FROM executions WHERE fan_out_id = %s AND status IN ('PENDING', 'RUNNING', 'PAUSED') AND closing IS NULL
  AND NOT (id = ANY(%s::uuid[]))
ORDER BY id LIMIT %s"""


def list_children_left(cursor: Cursor, fan_out: str, *, limit: int, but: Sequence[str] = ()) -> list[str]:
    """Children that still run and are not being stopped, except ``but``."""
    cursor.execute(_LEFT, (fan_out, list(but), limit))
    return [id for (id,) in cursor.fetchall()]


def continue_soon(cursor: Cursor, fan_out: str) -> None:
    """More children of a closed fan-out are to be cancelled, after those of the fan-outs that are due already."""
    cursor.execute("UPDATE fan_outs SET next_check_at = clock_timestamp() WHERE id = %s", (fan_out,))


_FINISH = """
DELETE FROM fan_out_items WHERE fan_out_id = %(id)s;
UPDATE fan_outs SET next_check_at = NULL WHERE id = %(id)s
"""


def finish_closed(cursor: Cursor, fan_out: str) -> None:
    """All children of a closed fan-out have ended or are being stopped; the items that became no child are dropped."""
    cursor.execute(_FINISH, {"id": fan_out})

"""
Lanes: executions of which only so many run at the same time.

No counter says how many slots are in use: they are counted from the executions' own rows, so none can leak. Whoever
adds an execution to a lane, or takes one out, locks the lane's row in a statement of its own; the statement after it
sees all that others have committed. Locks are taken in this order: executions, then lanes by their names. Who holds a
lane never waits for an execution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.storage.held import Cursor

#: What becomes of an execution for which no slot is free.
QUEUE, DROP, REPLACE = "queue", "drop", "replace"
#: Seconds after which a timekeeper looks at a lane in which something may wait.
WATCH = 10.0
#: Executions that one look cancels because newer ones have come, at most.
MOST_SURPLUS = 1000


@dataclass(frozen=True)
class Lane:
    """A lane as whoever sends executions into it describes it."""

    name: str
    slots: int
    on_limit: str = QUEUE
    #: The workflow whose saved ``concurrency`` has the last word on the two; None: what is said here holds.
    workflow_id: str | None = None


@dataclass(frozen=True)
class Room:
    """What a locked lane has for one more execution."""

    lane: Lane
    used: int
    #: True where others wait for a slot.
    waiting: bool

    @property
    def free(self) -> bool:
        """True where it may begin at once."""
        return self.used < self.lane.slots and not self.waiting

    @property
    def behind(self) -> bool:
        """True where others could begin now, as after the limit was raised."""
        return self.used < self.lane.slots and self.waiting


_LIVE = "status IN ('PENDING', 'RUNNING', 'PAUSED')"
_WAITS = "queued AND status IN ('PENDING', 'RUNNING')"

_ENTER = f"""
INSERT INTO lanes AS known (name, workflow_id, slots, on_limit, look_at)
SELECT *, clock_timestamp() + %(watch)s * interval '1 second'
FROM unnest(%(names)s::text[], %(workflows)s::uuid[], %(slots)s::int[], %(on_limits)s::text[]) ORDER BY 1
ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, on_limit = excluded.on_limit,
    look_at = least(known.look_at, excluded.look_at);
SELECT (SELECT count(*) FROM executions WHERE lane = name AND NOT queued AND {_LIVE}),
       EXISTS (SELECT FROM executions WHERE lane = name AND {_WAITS})
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS asked (name, number) ORDER BY number
"""


def enter(cursor: Cursor, lanes: Sequence[Lane]) -> list[Room]:
    """Lock these lanes, inside an open transaction, to add one execution to each; what there is room for."""
    values = {
        "names": [lane.name for lane in lanes],
        "workflows": [lane.workflow_id for lane in lanes],
        "slots": [lane.slots for lane in lanes],
        "on_limits": [lane.on_limit for lane in lanes],
        "watch": WATCH,
    }
    cursor.execute(_ENTER, values)
    return [Room(lane, *row) for lane, row in zip(lanes, cursor.fetchall(), strict=True)]


# What a lane's workflow says now wins over what its last arrival brought along.
_SAID = """
SELECT coalesce((w.flow -> 'concurrency' ->> 'limit')::int, l.slots) AS slots,
       CASE WHEN w.flow -> 'concurrency' IS NULL THEN l.on_limit
            ELSE coalesce(w.flow -> 'concurrency' ->> 'on_limit', 'queue') END = 'replace' AS replaces
FROM lanes l LEFT JOIN workflows w ON w.id = l.workflow_id WHERE l.name = %(lane)s
"""

# Rows that somebody else holds are passed over; then the lane is looked at again soon. Where the newest replace the
# others, only those that are to stay are let in. An empty lane's row goes, unless it says what nobody else knows.
_ADMIT = f"""
SELECT 1 FROM lanes WHERE name = %(lane)s FOR UPDATE;
WITH said AS ({_SAID}),
live AS (
    SELECT count(*) FILTER (WHERE NOT queued) AS used, count(*) AS every
    FROM executions WHERE lane = %(lane)s AND {_LIVE} AND id IS DISTINCT FROM %(but)s
), stays AS (
    SELECT e.id FROM said, LATERAL (
        SELECT id FROM executions
        WHERE said.replaces AND lane = %(lane)s AND {_LIVE} AND closing IS NULL AND id IS DISTINCT FROM %(but)s
        ORDER BY id DESC LIMIT said.slots
    ) e
), free AS (
    SELECT greatest(said.slots - live.used, 0) AS slots FROM said, live
), next AS (
    SELECT id FROM executions
    WHERE lane = %(lane)s AND {_WAITS} AND id IS DISTINCT FROM %(but)s
      AND (NOT (SELECT replaces FROM said) OR id IN (SELECT id FROM stays))
    ORDER BY priority DESC, id LIMIT (SELECT slots FROM free) FOR UPDATE SKIP LOCKED
), admitted AS (
    UPDATE executions e SET queued = false,
        look_at = CASE WHEN e.status = 'PENDING' THEN clock_timestamp() + %(grace)s * interval '1 second' END
    FROM next WHERE e.id = next.id RETURNING e.id, e.status
), readied AS (
    UPDATE steps s SET look_at = greatest(clock_timestamp(), s.due_at)
    FROM admitted a WHERE a.status = 'RUNNING' AND s.execution_id = a.id
      AND (s.status = 'READY' OR (s.status = 'WAITING' AND s.due_at IS NOT NULL))
), waiting AS (
    SELECT EXISTS (SELECT FROM executions WHERE lane = %(lane)s AND {_WAITS} AND id IS DISTINCT FROM %(but)s
                   AND id NOT IN (SELECT id FROM admitted)) AS any
), looked AS (
    UPDATE lanes SET look_at = CASE WHEN waiting.any THEN clock_timestamp() + interval '1 second'
        * CASE WHEN (SELECT count(*) FROM admitted) < free.slots THEN 1 ELSE %(watch)s END END
    FROM waiting, free, live WHERE name = %(lane)s AND (live.every > 0 OR workflow_id IS NULL)
), gone AS (
    DELETE FROM lanes USING live WHERE name = %(lane)s AND live.every = 0 AND workflow_id IS NOT NULL
)
SELECT id FROM admitted ORDER BY id
"""


def admit(cursor: Cursor, lane: str, *, grace: float, but: str | None = None) -> list[str]:
    """
    Give the free slots of a lane to who waits for them, inside an open transaction; the executions to wake after it.

    ``but`` is an execution that leaves the lane in this transaction.
    """
    cursor.execute(_ADMIT, {"lane": lane, "grace": grace, "but": but, "watch": WATCH})
    return [id for (id,) in cursor.fetchall()]


_DUE = """
UPDATE lanes l SET look_at = clock_timestamp() + %(watch)s * interval '1 second'
FROM (SELECT name FROM lanes WHERE look_at <= clock_timestamp()
      ORDER BY look_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED) due
WHERE l.name = due.name RETURNING l.name
"""


def due(cursor: Cursor, *, batch: int) -> list[str]:
    """Lanes that a timekeeper has to look at, which the others then leave alone for a while."""
    cursor.execute(_DUE, {"watch": WATCH, "batch": batch})
    return [name for (name,) in cursor.fetchall()]


_SURPLUS = f"""
SELECT id FROM (
    SELECT e.id, e.queued FROM ({_SAID}) said, LATERAL (
        SELECT id, queued FROM executions WHERE lane = %(lane)s AND {_LIVE} AND closing IS NULL
        ORDER BY id DESC OFFSET said.slots
    ) e WHERE said.replaces
) surplus ORDER BY queued DESC, id LIMIT %(most)s
"""


def surplus(cursor: Cursor, lane: str) -> list[str]:
    """Executions that newer ones replace: those that wait first, so that none of them begins meanwhile."""
    cursor.execute(_SURPLUS, {"lane": lane, "most": MOST_SURPLUS})
    return [id for (id,) in cursor.fetchall()]


_KNOWN = """
WITH own AS (
    SELECT (flow -> 'concurrency' ->> 'limit')::int AS slots,
           coalesce(flow -> 'concurrency' ->> 'on_limit', 'queue') AS on_limit, id
    FROM workflows WHERE id = %(workflow)s
)
SELECT slots, on_limit, workflow_id FROM (
    SELECT 1 AS rank, slots, on_limit, workflow_id FROM lanes WHERE name = %(lane)s AND workflow_id IS NULL
    UNION ALL SELECT 2, slots, on_limit, id FROM own WHERE slots IS NOT NULL
    UNION ALL SELECT 3, slots, on_limit, workflow_id FROM lanes WHERE name = %(lane)s
) found ORDER BY rank LIMIT 1
"""


def known(cursor: Cursor, lane: str, workflow_id: str) -> Lane | None:
    """The lane of this name as it is described now; None where nobody limits it any more."""
    cursor.execute(_KNOWN, {"lane": lane, "workflow": workflow_id})
    row = cursor.fetchone()
    return None if row is None else Lane(lane, *row)


def queue_again(cursor: Cursor, execution_id: str) -> None:
    """Have an execution that is begun again wait for a slot of its lane first."""
    cursor.execute("UPDATE executions SET queued = true, look_at = NULL WHERE id = %s", (execution_id,))
    cursor.execute(
        "UPDATE steps SET look_at = NULL WHERE execution_id = %s AND status IN ('READY', 'WAITING')", (execution_id,)
    )


def cursor_of(session: Any) -> Cursor:
    """A driver's cursor inside the session's own transaction."""
    return session.connection().connection.cursor()

"""
Lanes: groups of executions of which a limited number runs at the same time.

No counter holds the number of slots in use: they are counted from the executions' own rows, so none can leak. A
transaction that adds an execution to a lane, or takes one out, locks the lane's row in a statement of its own; the
statement after it sees everything committed before. Locks are taken in this order: executions, then lanes by name. A
transaction that holds a lane never waits for an execution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.storage.database import Cursor
from app.storage.flow_control.fragments import (
    ARRIVAL_ORDER,
    BEGIN,
    FREES_AT,
    LIMITS,
    LIVE,
    RATED,
    RECENT,
    SAVED_POLICY,
    SAVED_SLOTS,
    USED,
    WAITS,
)
from app.storage.flow_control.rates import admit_rated
from app.storage.queue_progress import SUSPENDED_CHECK

#: Policies for an execution for which no slot is free.
QUEUE, DROP, REPLACE = "queue", "drop", "replace"


#: Seconds between two checks of a lane with queued executions, at least.
WATCH = 10.0
#: Lanes that the timekeepers of all workers check in a second at most: with 100,000 lanes, each every 1,000 seconds.
CHECKS_PER_SECOND = 100


#: The first part, before a slash, of the names of lanes that count what begins in a period.
RATE = "rate_limit"


#: Executions that one check of a lane cancels because newer ones replace them, at most.
MOST_SURPLUS = 1000


@dataclass(frozen=True)
class Lane:
    """A lane as an arriving execution describes it."""

    name: str
    slots: int
    on_limit: str = QUEUE
    #: The workflow whose saved ``concurrency`` overrides the two; None: these values count.
    workflow_id: str | None = None
    #: Seconds in which ``slots`` executions may begin; None: ``slots`` executions may run at once.
    period: float | None = None

    @property
    def reason(self) -> str:
        """The member of a workflow that the lane comes from, which its name begins with."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class LaneState:
    """The state of a locked lane, for one more execution."""

    lane: Lane
    used: int
    #: True where queued executions could begin if a slot were free.
    waiting: bool

    @property
    def is_full(self) -> bool:
        """True where no slot is free."""
        return self.used >= self.lane.slots

    @property
    def has_backlog(self) -> bool:
        """True where queued executions could begin now, for example after the limit was raised."""
        return self.waiting and not self.is_full

    @property
    def is_free(self) -> bool:
        """True where an execution that arrives now may begin at once."""
        return not self.is_full and not self.waiting


def name_lane(lane: str) -> str:
    """The name of a lane as people know it: of its workflow and its key."""
    return lane.partition("/")[2] or lane


def describe_limit(lane: Lane) -> str:
    """The limit that is reached, as the beginning of a sentence."""
    if lane.period is None:
        return f"the concurrency limit ({lane.slots}) is reached"
    return f"the rate limit ({lane.slots} per {lane.period:.12g} s) is reached"


_LOCK = """
INSERT INTO lanes AS known (name, workflow_id, slots, on_limit, period, next_check_at)
SELECT *, clock_timestamp() + %(watch)s * interval '1 second' FROM unnest(
    %(names)s::text[], %(workflows)s::uuid[], %(slots)s::int[], %(on_limits)s::text[], %(periods)s::float8[]
) ORDER BY 1
ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, on_limit = excluded.on_limit, period = excluded.period,
    next_check_at = least(known.next_check_at, excluded.next_check_at);
"""


# An execution that has to wait for its rate is checked as soon as that allows another one.
_CHECK_SOON = f"""
UPDATE lanes SET next_check_at = soon.frees_at FROM (
    SELECT min({FREES_AT}) AS frees_at FROM lanes WHERE name = ANY(%(names)s) AND period IS NOT NULL
) soon WHERE name = ANY(%(names)s) AND soon.frees_at < next_check_at;
"""


# Counted up to the limit only: a lane that has reached it is full.
_USED = f"""
       CASE WHEN period IS NULL
            THEN (SELECT count(*) FROM (
                SELECT FROM executions WHERE lane = name AND NOT queued AND {LIVE} LIMIT slots) live)
            ELSE (SELECT count(*) FROM (SELECT FROM executions WHERE {RECENT} LIMIT slots) recent) END"""
_WAITING = f"""
       EXISTS (SELECT FROM executions WHERE lane = name AND {WAITS} AND (rate IS NULL OR rate = ANY(%(names)s)))"""
_COUNT = f"""
SELECT {_USED}, {_WAITING}
FROM unnest(%(names)s::text[], %(periods)s::float8[], %(slots)s::int[])
     WITH ORDINALITY AS asked (name, period, slots, number)
ORDER BY number
"""


#: The types of ``lane_values``.
VALUE_TYPES = {
    **{"names": "text[]", "workflows": "uuid[]", "slots": "int[]", "on_limits": "text[]", "periods": "float8[]"},
    "watch": "float8",
}
#: One row on lanes that the statement before has locked: whether an execution may begin in all of them at once, and
#: whether one of them drops it. Its parameters are ``lane_values``.
ROOM = f"""
SELECT bool_and(used < slots AND NOT waiting) AS is_free, bool_or(used >= slots AND on_limit = '{DROP}') AS drops
FROM (
    SELECT slots, on_limit, {_USED} AS used, {_WAITING} AS waiting
    FROM unnest(%(names)s, %(periods)s, %(slots)s, %(on_limits)s) AS asked (name, period, slots, on_limit)
) rooms"""


def lane_values(lanes: Sequence[Lane]) -> dict[str, Any]:
    """Lanes as the parameters of a statement."""
    return {
        "names": [lane.name for lane in lanes],
        "workflows": [lane.workflow_id for lane in lanes],
        "slots": [lane.slots for lane in lanes],
        "on_limits": [lane.on_limit for lane in lanes],
        "periods": [lane.period for lane in lanes],
        "watch": WATCH,
    }


def lock_lanes(cursor: Cursor, lanes: Sequence[Lane]) -> bytes:
    """The text that locks these lanes, inside an open transaction; it ends with a semicolon."""
    is_rated = any(lane.period is not None for lane in lanes)
    return cursor.mogrify(_LOCK + (_CHECK_SOON if is_rated else ""), lane_values(lanes))


def enter_lanes(cursor: Cursor, lanes: Sequence[Lane]) -> list[LaneState]:
    """Lock these lanes, inside an open transaction, to add one execution to each; returns their states."""
    cursor.execute(lock_lanes(cursor, lanes) + cursor.mogrify(_COUNT, lane_values(lanes)))
    return [LaneState(lane, *row) for lane, row in zip(lanes, cursor.fetchall(), strict=True)]


# Executions that another transaction holds are skipped; then the lane is checked again a second later. With
# ``replace``, only the newest are admitted. If the first queued execution has a limited rate as well, nothing is
# admitted here, but by ``admit_rated``. An empty lane's row is deleted, unless only it knows the limit.
_ADMIT = f"""
SELECT 1 FROM lanes WHERE name = %(lane)s FOR UPDATE;
WITH limits AS ({LIMITS}),
{USED}, first AS (
    SELECT {RATED} AS rated FROM executions
    WHERE lane = %(lane)s AND {WAITS} AND id IS DISTINCT FROM %(but)s ORDER BY priority DESC, {ARRIVAL_ORDER} LIMIT 1
), stays AS (
    SELECT e.id FROM limits, LATERAL (
        SELECT id FROM executions
        WHERE limits.replaces AND lane = %(lane)s AND {LIVE} AND closing IS NULL AND id IS DISTINCT FROM %(but)s
        ORDER BY {ARRIVAL_ORDER} DESC LIMIT limits.slots
    ) e
), free AS (
    SELECT greatest(limits.slots - live.used, 0) AS slots FROM limits, live
), next AS (
    SELECT id FROM executions
    WHERE lane = %(lane)s AND {WAITS} AND NOT {RATED} AND id IS DISTINCT FROM %(but)s
      AND NOT (SELECT rated FROM first) AND (NOT (SELECT replaces FROM limits) OR id IN (SELECT id FROM stays))
    ORDER BY priority DESC, {ARRIVAL_ORDER} LIMIT (SELECT slots FROM free) FOR UPDATE SKIP LOCKED
), admitted AS (
    UPDATE executions e SET {BEGIN} FROM next WHERE e.id = next.id RETURNING e.id, e.status
), readied AS (
    UPDATE steps s SET next_check_at = greatest(clock_timestamp(), s.due_at)
    FROM admitted a WHERE a.status = 'RUNNING' AND s.execution_id = a.id
      AND (s.status = 'READY' OR (s.status = 'WAITING' AND s.due_at IS NOT NULL))
), waiting AS (
    SELECT EXISTS (SELECT FROM executions WHERE lane = %(lane)s AND {WAITS} AND id IS DISTINCT FROM %(but)s
                   AND id NOT IN (SELECT id FROM admitted)) AS here,
           EXISTS (SELECT FROM executions WHERE rate = %(lane)s AND admitted_at IS NULL AND {WAITS}) AS elsewhere,
           EXISTS (SELECT FROM executions
                   WHERE lane = %(lane)s AND queued AND {LIVE} AND id IS DISTINCT FROM %(but)s) AS queue,
           coalesce((SELECT rated FROM first), false) AS rated
), checked AS (
    UPDATE lanes SET next_check_at = CASE WHEN here OR elsewhere THEN clock_timestamp() + interval '1 second'
        * CASE WHEN here AND NOT rated AND (SELECT count(*) FROM admitted) < free.slots THEN 1 ELSE %(watch)s END END
    FROM waiting, free, live
    WHERE name = %(lane)s AND (live.used > 0 OR queue OR elsewhere OR workflow_id IS NULL)
), deleted AS (
    DELETE FROM lanes USING live, waiting
    WHERE name = %(lane)s AND live.used = 0 AND NOT queue AND NOT elsewhere AND workflow_id IS NOT NULL
)
SELECT a.id, waiting.rated FROM waiting LEFT JOIN admitted a ON true ORDER BY a.id
"""


def admit_next(cursor: Cursor, lane: str, *, grace: float, but: str | None = None, watch: float = WATCH) -> list[str]:
    """
    Give the free slots of a lane to queued executions, inside an open transaction; returns those to wake after it.

    ``but`` is an execution that leaves the lane in this transaction. If executions stay queued, the lane is checked
    again after ``watch`` seconds.
    """
    cursor.execute(_ADMIT, {"lane": lane, "grace": grace, "but": but, "watch": watch})
    rows = cursor.fetchall()
    admitted = [id for id, _ in rows if id is not None]
    return [*admitted, *admit_rated(cursor, lane, grace, but)] if rows[0][1] else admitted


_DUE = """
WITH due AS (
    SELECT name FROM lanes WHERE next_check_at <= statement_timestamp()
    ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE lanes l SET next_check_at = clock_timestamp() + watch.seconds * interval '1 second'
FROM due,
     (SELECT greatest(%(watch)s, count(*) / %(per_second)s)::float8 AS seconds
      FROM lanes WHERE next_check_at IS NOT NULL) watch
WHERE l.name = due.name RETURNING l.name, watch.seconds
"""


def list_due_lanes(cursor: Cursor, *, batch: int) -> list[tuple[str, float]]:
    """Take the lanes that are due; each with the seconds for which other timekeepers leave it alone."""
    cursor.execute(_DUE, {"watch": WATCH, "per_second": CHECKS_PER_SECOND, "batch": batch})
    return list(cursor.fetchall())


_SURPLUS = f"""
SELECT id FROM (
    SELECT e.id, e.queued, e.came FROM ({LIMITS}) limits, LATERAL (
        SELECT id, queued, {ARRIVAL_ORDER} AS came FROM executions WHERE lane = %(lane)s AND {LIVE} AND closing IS NULL
        ORDER BY came DESC OFFSET limits.slots
    ) e WHERE limits.replaces
) surplus ORDER BY queued DESC, came LIMIT %(most)s
"""


def over_limit(cursor: Cursor, lane: str) -> list[str]:
    """Executions that newer ones replace; queued ones first, so that none of them begins meanwhile."""
    cursor.execute(_SURPLUS, {"lane": lane, "most": MOST_SURPLUS})
    return [id for (id,) in cursor.fetchall()]


def workflow_of(cursor: Cursor, lane: str) -> tuple[str, Any] | None:
    """
    Lock a lane; returns the id and the ``flow`` of the workflow that it belongs to.

    None where it belongs to no workflow, or does not exist.
    """
    cursor.execute("SELECT workflow_id FROM lanes WHERE name = %s FOR UPDATE", (lane,))
    cursor.execute(
        "SELECT w.id, w.flow FROM lanes l JOIN workflows w ON w.id = l.workflow_id WHERE l.name = %s", (lane,)
    )
    row: tuple[str, Any] | None = cursor.fetchone()
    return row


def describe_lanes(cursor: Cursor, lane: Lane) -> None:
    """Store the description of a lane that is locked."""
    cursor.execute(
        "UPDATE lanes SET slots = %s, on_limit = %s, period = %s WHERE name = %s",
        (lane.slots, lane.on_limit, lane.period, lane.name),
    )


_KNOWN = f"""
WITH own AS (
    SELECT {SAVED_SLOTS} AS slots, {SAVED_POLICY} AS on_limit, id FROM workflows w WHERE id = %(workflow)s
)
SELECT slots, on_limit, workflow_id FROM (
    SELECT 1 AS rank, slots, on_limit, workflow_id FROM lanes WHERE name = %(lane)s AND workflow_id IS NULL
    UNION ALL SELECT 2, slots, on_limit, id FROM own WHERE slots IS NOT NULL
    UNION ALL SELECT 3, slots, on_limit, workflow_id FROM lanes WHERE name = %(lane)s
) found ORDER BY rank LIMIT 1
"""


def fetch_limits(cursor: Cursor, lane: str, workflow_id: str) -> Lane | None:
    """The lane of this name as it is described now; None where it is not limited any more."""
    if lane.startswith(f"{RATE}/"):
        return None  # an execution that began once has been counted
    cursor.execute(_KNOWN, {"lane": lane, "workflow": workflow_id})
    row = cursor.fetchone()
    return None if row is None else Lane(lane, *row)


_QUEUE_AGAIN = """
UPDATE executions SET queued = true, next_check_at = NULL WHERE id = %(id)s;
UPDATE steps SET next_check_at = clock_timestamp() + %(suspended_check)s * interval '1 second'
WHERE execution_id = %(id)s AND status IN ('READY', 'WAITING')
"""


def queue_again(cursor: Cursor, execution_id: str) -> None:
    """Have an execution that is retried wait for a slot of its lane first."""
    cursor.execute(_QUEUE_AGAIN, {"id": execution_id, "suspended_check": SUSPENDED_CHECK})

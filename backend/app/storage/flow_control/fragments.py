"""Fragments of SQL that the statements of lanes and of rates share."""

from __future__ import annotations

#: Slots that a lane may have.
MOST_SLOTS = 10_000

#: The slots of a lane that counts beginnings, in which any number may run.
UNLIMITED = 2**31 - 1

LIVE = "status IN ('PENDING', 'RUNNING', 'PAUSED')"

WAITS = "queued AND status IN ('PENDING', 'RUNNING')"

#: Orders the executions of a lane as they arrived.
ARRIVAL_ORDER = "coalesce(arrival, id)"


def arrival_in(lane: str, id: str) -> str:
    """
    SQL for ``executions.arrival`` where there is a lane: an id of this moment by Postgres' clock.

    The id itself carries the clock of the process that made it. Both arguments are SQL. The result is a UUID of version
    7 with the moment in microseconds: 48 bits of milliseconds, 12 bits of their fraction, and the end of ``id``.
    """
    microseconds = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    return f"""CASE WHEN {lane} IS NOT NULL THEN (
            SELECT (lpad(to_hex(now / 1000), 12, '0') || '7' || lpad(to_hex(mod(now, 1000) * 4), 3, '0')
                    || right(replace({id}::text, '-', ''), 16))::uuid FROM (SELECT {microseconds} AS now) clock) END"""


def insert_executions(*, payload: str, event: str, depth: str = "0", root: str = "NULL::uuid") -> str:
    """
    SQL that writes the executions which an event starts; FROM follows, with rows ``s`` of ``STARTED``.

    The arguments are SQL. After ``%(grace)s`` seconds the timekeeper looks after an execution that no worker has begun.
    """
    return f"""
    INSERT INTO executions (id, workflow_id, version, status, payload, event_id, depth, root_id, next_check_at, lane,
                            arrival, queued, rate, admitted_at)
    SELECT s.id, s.workflow_id, s.version, 'PENDING', {payload}, {event}, {depth}, {root},
           CASE WHEN s.queued THEN NULL ELSE clock_timestamp() + make_interval(secs => %(grace)s) END,
           s.lane, {arrival_in("s.lane", "s.id")}, coalesce(s.queued, false), s.rate,
           CASE WHEN NOT s.queued AND s.rate IS NOT NULL THEN clock_timestamp() END"""


#: Rows for ``insert_executions``, from the lists of ``Started``.
STARTED = """unnest(%(ids)s::uuid[], %(workflow_ids)s::uuid[], %(versions)s::int[], %(lanes)s::text[],
                %(queued)s::bool[], %(rates)s::text[]) AS s (id, workflow_id, version, lane, queued, rate)"""


# By ``statement_timestamp()``, which an index can be searched with; otherwise every execution that ever began would be
# read. It is earlier than the moment at which a transaction that waited for the lane counts, so it counts too many
# rather than too few.
RECENT = "rate = name AND admitted_at > statement_timestamp() - period * interval '1 second'"

# When the period of as many as are allowed ends; null where another one may begin now.
FREES_AT = f"""(SELECT admitted_at FROM executions WHERE {RECENT} ORDER BY admitted_at DESC OFFSET slots - 1 LIMIT 1)
               + period * interval '1 second'"""

#: ``concurrency`` of a workflow ``w`` as it is saved: a JSON number may have a fraction of zero, 2.0.
SAVED_SLOTS = "(w.flow -> 'concurrency' ->> 'limit')::numeric::int"
SAVED_POLICY = "coalesce(w.flow -> 'concurrency' ->> 'on_limit', 'queue')"

# The saved workflow overrides the description that the last arrival brought along.
LIMITS = f"""
SELECT CASE WHEN l.period IS NULL THEN coalesce({SAVED_SLOTS}, l.slots)
            ELSE {UNLIMITED} END AS slots,
       CASE WHEN l.period IS NOT NULL OR w.flow -> 'concurrency' IS NULL THEN l.on_limit
            ELSE {SAVED_POLICY} END = 'replace' AS replaces
FROM lanes l LEFT JOIN workflows w ON w.id = l.workflow_id WHERE l.name = %(lane)s
"""

# Counted up to the most slots that a lane may have: any number may be live in a lane that counts beginnings.
USED = f"""
live AS (
    SELECT count(*) AS used FROM (
        SELECT FROM executions WHERE lane = %(lane)s AND NOT queued AND {LIVE} AND id IS DISTINCT FROM %(but)s
        LIMIT {MOST_SLOTS}
    ) slots
)"""

#: True for a queued execution whose rate is limited as well; once it has begun, a retry does not count again.
RATED = "(rate IS NOT NULL AND admitted_at IS NULL)"

#: Starts an execution that waited in a queue; it is woken after the commit.
BEGIN = """queued = false, woken_at = clock_timestamp(),
        next_check_at = CASE WHEN e.status = 'PENDING' THEN clock_timestamp() + %(grace)s * interval '1 second' END"""

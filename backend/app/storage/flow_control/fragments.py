"""Fragments of SQL that the statements of lanes and of rates share."""

from __future__ import annotations

#: Slots that a lane may have.
MOST_SLOTS = 10_000

#: The slots of a lane that does not limit anything any more.
UNLIMITED = 2**31 - 1

LIVE = "status IN ('PENDING', 'RUNNING', 'PAUSED')"

WAITS = "queued AND status IN ('PENDING', 'RUNNING')"

#: Orders those of a lane as they came.
ARRIVAL_ORDER = "coalesce(arrival, id)"

# By ``statement_timestamp()``, which an index can be searched with: all that ever began would be counted else. Who had
# to wait for the lane counts from a little earlier, and so never too few.
RECENT = "rate = name AND admitted_at > statement_timestamp() - period * interval '1 second'"

# When the period of as many as are allowed ends; null where the rate has room.
FREES_AT = f"""(SELECT admitted_at FROM executions WHERE {RECENT} ORDER BY admitted_at DESC OFFSET slots - 1 LIMIT 1)
               + period * interval '1 second'"""

# What a lane's workflow says now wins over what its last arrival brought along. A lane that counts what begins in a
# period lets any number run.
LIMITS = f"""
SELECT CASE WHEN l.period IS NULL THEN coalesce((w.flow -> 'concurrency' ->> 'limit')::int, l.slots)
            ELSE {UNLIMITED} END AS slots,
       CASE WHEN l.period IS NOT NULL OR w.flow -> 'concurrency' IS NULL THEN l.on_limit
            ELSE coalesce(w.flow -> 'concurrency' ->> 'on_limit', 'queue') END = 'replace' AS replaces
FROM lanes l LEFT JOIN workflows w ON w.id = l.workflow_id WHERE l.name = %(lane)s
"""

# No more are counted than there can be slots: in a lane that counts what begins, any number may be live.
USED = f"""
live AS (
    SELECT count(*) AS used FROM (
        SELECT FROM executions WHERE lane = %(lane)s AND NOT queued AND {LIVE} AND id IS DISTINCT FROM %(but)s
        LIMIT {MOST_SLOTS}
    ) slots
)"""

#: Whether the rate of an execution that waits is limited as well; once it has begun, a retry does not count again.
RATED = "(rate IS NOT NULL AND admitted_at IS NULL)"

#: Starts an execution that waited in a queue; it is woken after the commit.
BEGIN = """queued = false, woken_at = clock_timestamp(),
        next_check_at = CASE WHEN e.status = 'PENDING' THEN clock_timestamp() + %(grace)s * interval '1 second' END"""

"""Admission of executions whose rate is limited as well as their lane."""

from __future__ import annotations

from app.storage.database import Cursor
from app.storage.flow_control.fragments import (
    ARRIVAL_ORDER,
    BEGIN,
    FREES_AT,
    LIMITS,
    RATED,
    RECENT,
    USED,
    WAITS,
)

#: Queued executions that are considered, in order.
HEAD = 1000


# The head of the lane's queue. A rate whose row another transaction holds is skipped: a transaction that holds a lane
# must not wait for one that comes before it by name.
_HEAD = f"""
    SELECT id, rate, priority, {ARRIVAL_ORDER} AS came FROM executions
    WHERE lane = %(lane)s AND {WAITS} AND {RATED} AND id IS DISTINCT FROM %(but)s
    ORDER BY priority DESC, came LIMIT %(head)s
"""


_RATES = f"""
SELECT name FROM lanes WHERE name IN (SELECT rate FROM ({_HEAD}) head) ORDER BY name FOR UPDATE SKIP LOCKED
"""


_ADMIT_RATED = f"""
WITH limits AS ({LIMITS}),
{USED}, rates AS MATERIALIZED (
    SELECT name, slots - (SELECT count(*) FROM executions WHERE {RECENT}) AS room
    FROM lanes WHERE name = ANY(%(rates)s)
), ranked AS (
    SELECT id, rate, row_number() OVER (PARTITION BY rate ORDER BY priority DESC, came) AS place FROM ({_HEAD}) head
), next AS (
    SELECT id FROM executions
    WHERE queued AND id IN (SELECT ranked.id FROM ranked JOIN rates ON rates.name = ranked.rate WHERE place <= room)
    ORDER BY priority DESC, {ARRIVAL_ORDER} LIMIT (SELECT greatest(limits.slots - live.used, 0) FROM limits, live)
    FOR UPDATE SKIP LOCKED
)
UPDATE executions e SET {BEGIN}, admitted_at = clock_timestamp() FROM next WHERE e.id = next.id RETURNING e.id
"""


# When the next one may begin by its rate: when the period of as many as are allowed ends.
_LOOK_RATED = f"""
UPDATE lanes SET next_check_at = least(next_check_at, greatest(clock_timestamp(), (
    SELECT min(coalesce(frees_at, clock_timestamp() + interval '1 second')) FROM (
        SELECT {FREES_AT} AS frees_at FROM lanes WHERE name IN (SELECT rate FROM ({_HEAD}) head)
    ) rates
))) WHERE name = %(lane)s
"""


def admit_rated(cursor: Cursor, lane: str, grace: float, but: str | None) -> list[str]:
    """Admit queued executions whose rate is limited as well: as many as both limits allow now."""
    values = {"lane": lane, "grace": grace, "but": but, "head": HEAD}
    cursor.execute(_RATES, values)
    rates = [name for (name,) in cursor.fetchall()]
    cursor.execute(_ADMIT_RATED, {**values, "rates": rates})
    admitted = sorted(id for (id,) in cursor.fetchall())
    cursor.execute(_LOOK_RATED, values)
    return admitted

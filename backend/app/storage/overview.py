"""What the last hour brought, in numbers: each part of it is a bounded search in an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor
from app.storage.ids import first_id_of

#: Parts of the hour, and the seconds of each.
PARTS = 24
SECONDS = 3600 // PARTS
#: More than these are not counted in one part.
MOST_COUNTED = 10_000


class PartOfHour(NamedTuple):
    """The numbers of one part of the last hour; one above MOST_COUNTED means that there are more."""

    begins_at: datetime
    events: int
    started: int
    failed: int
    asked: int


# Ids sort by time, so those of a part are neighbours in the primary key. Of a caller that is bound to some workflows,
# as many rows are looked at as of others.
_PARTS = f"""
SELECT p.begins_at,
    (SELECT count(*) FROM (
        SELECT FROM events WHERE id >= p.first AND id < p.end LIMIT %(most)s
    ) x),
    (SELECT count(*) FROM (
        SELECT {{column}} FROM executions WHERE id >= p.first AND id < p.end AND inline_path IS NULL LIMIT %(most)s
    ) x WHERE {{visible}}),
    (SELECT count(*) FROM (
        SELECT {{column}} FROM executions WHERE finished_at >= p.begins_at AND finished_at < p.ends_at
            AND status = 'FAILED' AND inline_path IS NULL LIMIT %(most)s
    ) x WHERE {{visible}}),
    (SELECT count(*) FROM (
        SELECT {{column}} FROM approvals a JOIN executions e ON e.id = a.execution_id
        WHERE a.id >= p.first AND a.id < p.end AND e.test IS NULL LIMIT %(most)s
    ) x WHERE {{visible}})
FROM (
    SELECT begins_at, begins_at + make_interval(secs => {SECONDS}) AS ends_at,
           {first_id_of("begins_at")} AS first,
           {first_id_of(f"(begins_at + make_interval(secs => {SECONDS}))")} AS end
    FROM generate_series(0, {PARTS - 1}) n,
         LATERAL (SELECT now() - make_interval(secs => {SECONDS} * ({PARTS} - n)) AS begins_at) t
) p ORDER BY p.begins_at
"""
ALL = _PARTS.format(column="", visible="true")
VISIBLE = _PARTS.format(
    column="workflow_id", visible="workflow_id IN (SELECT id FROM workflows WHERE starts_with(name, %(prefix)s))"
)


def count_last_hour(cursor: Cursor, *, prefix: str | None) -> Sequence[PartOfHour]:
    """The parts of the last hour, the oldest first; ``prefix`` begins the names of the workflows that count."""
    statement = ALL if prefix is None else VISIBLE
    cursor.execute(statement, {"most": MOST_COUNTED + 1, "prefix": prefix})
    return [*map(PartOfHour._make, cursor.fetchall())]

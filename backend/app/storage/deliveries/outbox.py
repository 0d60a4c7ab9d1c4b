"""
The outbox of the engine: changes of executions and approvals that are to be posted as events.

Triggers of Postgres write the rows, each in the transaction of its change, and only while somebody listens to its type
(``migrations/versions/0033_engine_events.py``). All changes of one execution hold its row, so its rows become visible
in the order of their transactions. One process at a time posts them, under a lock, so deliveries have that order too.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from app.storage.database import Cursor, fetch_row

#: The advisory lock of posting: any number that nothing else locks.
POSTING = 0x706F7374


class Change(NamedTuple):
    """A change of an execution or an approval, as it is recorded."""

    seq: int
    xact: int
    #: The place among the changes of one transaction.
    rank: int
    type: str
    execution_id: str
    workflow_id: str
    #: The name of the workflow now.
    workflow_name: str
    version: int
    #: How many executions and events led to the execution.
    depth: int
    #: The status of the execution after the change.
    status: str
    error: Any
    node_id: str | None
    approval_id: str | None
    approval_status: str | None
    happened_at: datetime
    #: The root of the execution.
    root_id: str


def list_listened_types(cursor: Cursor) -> frozenset[str]:
    """The types that a live trigger or an active subscription names: those that are recorded."""
    cursor.execute("SELECT type FROM engine_event_types")
    return frozenset(type for (type,) in cursor.fetchall())


def rest_if_unheard(cursor: Cursor) -> None:
    """
    Have executions pay nothing for events again after the last listener is gone.

    A sequence says whether anybody may listen: it is set with the first listener, and only here it is set back.
    """
    cursor.execute(
        "SELECT rest_engine_events() WHERE pg_sequence_last_value('engine_events_listened'::regclass) > 1"
        " AND NOT EXISTS (SELECT FROM engine_event_types)"
    )


def has_changes(cursor: Cursor) -> bool:
    """True if there is anything to post."""
    cursor.execute(
        "SELECT (SELECT seq FROM engine_events WHERE next_check_at <= statement_timestamp() ORDER BY seq LIMIT 1)"
        " IS NOT NULL"
    )
    return bool(fetch_row(cursor)[0])


def lock_posting(cursor: Cursor) -> bool:
    """Open a transaction that posts; False (and none is open) if another process is posting."""
    cursor.execute("BEGIN; SELECT pg_try_advisory_xact_lock(%s)", (POSTING,))
    if fetch_row(cursor)[0]:
        return True
    cursor.execute("ROLLBACK")
    return False


# All changes of a transaction together, so that they can be put into the order in which they happened.
_NEXT = """
SELECT c.seq, c.xact, c.rank, c.type, c.execution_id, c.workflow_id, w.name, c.version, c.depth, c.status, c.error,
       c.node_id, c.approval_id, c.approval_status, c.happened_at, coalesce(x.root_id, c.execution_id)
FROM engine_events c JOIN workflows w ON w.id = c.workflow_id LEFT JOIN executions x ON x.id = c.execution_id
WHERE c.next_check_at <= statement_timestamp() AND c.xact IN (
    SELECT xact FROM engine_events WHERE next_check_at <= statement_timestamp() ORDER BY seq LIMIT %s)
ORDER BY c.seq"""


def next_changes(cursor: Cursor, limit: int) -> list[Change]:
    """
    The next changes in the order in which they happened: ``limit``, and the others of the same transactions.

    A transaction writes its rows in the order of its statements, which is not that of what it did.
    """
    cursor.execute(_NEXT, (limit,))
    found = [Change(*row) for row in cursor.fetchall()]
    first = {xact: min(each.seq for each in group) for xact, group in groupby(sorted(found, key=_XACT), key=_XACT)}
    return sorted(found, key=lambda each: (first[each.xact], each.rank, each.seq))


_XACT = attrgetter("xact")


def remove_changes(cursor: Cursor, changes: list[Change]) -> None:
    """Remove changes that are posted by the open transaction."""
    cursor.execute("DELETE FROM engine_events WHERE seq = ANY(%s)", ([each.seq for each in changes],))


def postpone_change(cursor: Cursor, seq: int, seconds: float) -> None:
    """Leave a change that cannot be posted alone for a while, so that it does not hold up the others."""
    cursor.execute(
        "UPDATE engine_events SET next_check_at = clock_timestamp() + %s * interval '1 second' WHERE seq = %s",
        (seconds, seq),
    )

"""
Slices of a backtest: each is evaluated under a lock of its row, which ends with the transaction.

A worker that dies leaves the slice as it was, and another one evaluates it again: what is counted and how far the slice
is done are written together, so no event is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from app.storage.backtests.work import Backtest
from app.storage.database import Cursor
from app.storage.json_text import dumps

#: Events of one slice.
SLICE = 5_000
#: Events and bytes of payloads that are read at a time; at least one event is.
MOST_READ = 1_000
MOST_BYTES = 8_000_000

_PLAN = """
WITH numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM events
    WHERE received_at >= %(from_time)s AND received_at < %(to_time)s
), counted AS (
    SELECT count(*) AS total FROM events WHERE received_at >= %(from_time)s AND received_at < %(to_time)s
)
INSERT INTO backtest_slices (backtest_id, number, first_id, end_id, events)
SELECT %(id)s, place / %(size)s, id, lead(id) OVER (ORDER BY place), least(%(size)s, total - place)
FROM numbered, counted WHERE place %% %(size)s = 0
"""


def plan_slices(cursor: Cursor, backtest: Backtest, *, size: int) -> int:
    """Make the slices of a locked backtest, of ``size`` events each; returns how many."""
    values = {"id": backtest.id, "from_time": backtest.from_time, "to_time": backtest.to_time, "size": size}
    cursor.execute(_PLAN, values)
    return cursor.rowcount


class Slice(NamedTuple):
    """A slice that this transaction has locked."""

    backtest_id: str
    number: int
    #: The first event that is still to be evaluated, and the event before which the slice ends; None: the last one.
    first_id: str
    end_id: str | None
    done: int
    tally: Any


_TAKE = """
SELECT s.backtest_id, s.number, s.first_id, s.end_id, s.done, s.tally
FROM backtest_slices s JOIN backtests b ON b.id = s.backtest_id
WHERE NOT s.is_done AND b.status = 'RUNNING' ORDER BY b.id, s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""


def lock_slice(cursor: Cursor) -> Slice | None:
    """The next slice that nobody evaluates, locked in the open transaction; None if there is none."""
    cursor.execute(_TAKE)
    row = cursor.fetchone()
    return None if row is None else Slice(*row)


class PastEvent(NamedTuple):
    """An event of a slice; the payload is JSON text."""

    id: str
    received_at: datetime
    payload: str
    #: The sender's id, type, source, time and attributes; None if they were not asked for.
    external_id: Any = None
    type: Any = None
    source: Any = None
    time: Any = None
    attributes: Any = None


class Block(NamedTuple):
    """Events of a slice that are read together, in the order of their ids."""

    first_at: datetime
    last_at: datetime
    ids: Sequence[str]
    #: The payloads as the text of one JSON array.
    payloads: str
    #: When each was received, in seconds since 1970, separated by commas; read it with ``received_times``.
    moments: str

    def received_times(self) -> list[datetime]:
        """When each event was received."""
        return [datetime.fromtimestamp(float(moment), timezone.utc) for moment in self.moments.split(",")]


#: The next events of a slice: at most ``limit``, and ``bytes`` of payloads, but at least one.
_NEXT = """
SELECT id, received_at, payload{properties}, row_number() OVER w - 1 AS place,
    sum(octet_length(payload)) OVER w - octet_length(payload) AS before
FROM (
    SELECT id, received_at, payload::text AS payload{properties} FROM events
    WHERE id >= %(first)s AND (%(end)s::uuid IS NULL OR id < %(end)s)
      AND received_at >= %(from_time)s AND received_at < %(to_time)s
    ORDER BY id LIMIT %(limit)s
) next WINDOW w AS (ORDER BY id ROWS UNBOUNDED PRECEDING)
"""
_PROPERTIES = ", external_id, type, source, time, attributes"
_READ = "SELECT id, received_at, payload{properties} FROM ({next}) sized WHERE before < %(bytes)s ORDER BY place"
# One row for many events: a row costs Postgres and its driver more than an event that is decided.
_READ_BLOCKS = """
SELECT min(received_at), max(received_at), string_agg(id::text, ',' ORDER BY place),
    '[' || string_agg(payload, ',' ORDER BY place) || ']',
    string_agg(date_part('epoch', received_at)::text, ',' ORDER BY place)
FROM ({next}) sized WHERE before < %(bytes)s GROUP BY place / %(size)s ORDER BY place / %(size)s
"""


def read_events(
    cursor: Cursor, backtest: Backtest, first_id: str, end_id: str | None, *, with_properties: bool
) -> list[PastEvent]:
    """
    The next events of a slice, by id: at most ``MOST_READ`` or ``MOST_BYTES``.

    ``with_properties``: with what rules read as ``$event``.
    """
    properties = _PROPERTIES if with_properties else ""
    statement = _READ.format(properties=properties, next=_NEXT.format(properties=properties))
    cursor.execute(statement, _bounds(backtest, first_id, end_id))
    return [PastEvent(*row) for row in cursor.fetchall()]


def read_blocks(cursor: Cursor, backtest: Backtest, first_id: str, end_id: str | None, *, size: int) -> list[Block]:
    """The events that ``read_events`` returns, in blocks of ``size`` events; the last one may be smaller."""
    statement = _READ_BLOCKS.format(next=_NEXT.format(properties=""))
    cursor.execute(statement, {**_bounds(backtest, first_id, end_id), "size": size})
    return [Block(first, last, ids.split(","), payloads, times) for first, last, ids, payloads, times in cursor]


def _bounds(backtest: Backtest, first_id: str, end_id: str | None) -> dict[str, Any]:
    return {
        "first": first_id,
        "end": end_id,
        "from_time": backtest.from_time,
        "to_time": backtest.to_time,
        "limit": MOST_READ,
        "bytes": MOST_BYTES,
    }


def store_part(
    cursor: Cursor, part: Slice, *, evaluated: int, tally: Any, sets: Mapping[str, Sequence[str]], next_id: str | None
) -> None:
    """
    Store what was counted of a locked slice, and the events of its sets; the next transaction begins at ``next_id``.

    ``evaluated`` is the number of events of this transaction; ``next_id`` None: the slice is done.
    """
    for kind, ids in sets.items():
        if ids:
            cursor.execute(
                "INSERT INTO backtest_parts (backtest_id, kind, number, place, event_ids)"
                " VALUES (%s, %s, %s, %s, %s::uuid[])",
                (part.backtest_id, kind, part.number, part.done, f"{{{','.join(ids)}}}"),
            )
    cursor.execute(
        "UPDATE backtest_slices SET done = done + %s, tally = %s, first_id = coalesce(%s::uuid, first_id),"
        " is_done = %s WHERE backtest_id = %s AND number = %s",
        (evaluated, dumps(tally), next_id, next_id is None, part.backtest_id, part.number),
    )

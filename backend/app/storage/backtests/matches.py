"""The events that the rule of a backtest matches, as a report reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor

_MATCHES = """
DECLARE matches NO SCROLL CURSOR FOR
SELECT e.received_at, octet_length(e.payload::text), {payload}
FROM backtest_parts p CROSS JOIN unnest(p.event_ids) AS m (id) JOIN events e ON e.id = m.id
WHERE p.backtest_id = %(id)s AND p.kind IN ('new', 'same') ORDER BY e.received_at, e.id
"""
#: Events that are read at a time.
_BATCH = 1_000


class Match(NamedTuple):
    """An event that the rule of a backtest matches."""

    received_at: datetime
    bytes: int
    #: JSON text; None if it was not asked for.
    payload: str | None


def iterate_matches(cursor: Cursor, backtest_id: str, *, with_payloads: bool) -> Iterator[Match]:
    """The events that the rule of a backtest matches, in order of receipt, inside an open transaction."""
    cursor.execute(_MATCHES.format(payload="e.payload::text" if with_payloads else "NULL"), {"id": backtest_id})
    while True:
        cursor.execute(f"FETCH {_BATCH} FROM matches")
        rows = cursor.fetchall()
        yield from (Match(*row) for row in rows)
        if len(rows) < _BATCH:
            break
    cursor.execute("CLOSE matches")

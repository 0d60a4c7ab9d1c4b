"""Workers: which main processes live, by what they say of themselves and by Postgres' clock."""

from __future__ import annotations

from collections.abc import Sequence

from app.storage.database import Cursor, fetch_row
from app.storage.json_text import dumps

_SEE = """
INSERT INTO workers (id, name, queues) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET last_seen_at = clock_timestamp()"""

_FORGET = """
DELETE FROM workers WHERE id IN (
    SELECT id FROM workers WHERE last_seen_at < clock_timestamp() - %s * interval '1 second' FOR UPDATE SKIP LOCKED)"""

_ACTIVE = "SELECT count(*) FROM workers WHERE last_seen_at > clock_timestamp() - %s * interval '1 second'"


def record_worker(cursor: Cursor, id: str, *, name: str, queues: Sequence[str]) -> None:
    """This worker lives, also where its row was forgotten in the meantime."""
    cursor.execute(_SEE, (id, name, dumps(list(queues))))


def forget_workers(cursor: Cursor, *, unseen_for: float) -> None:
    """Remove the rows of workers that were not seen for so many seconds."""
    cursor.execute(_FORGET, (unseen_for,))


def remove_worker(cursor: Cursor, id: str) -> None:
    """This worker stops."""
    cursor.execute("DELETE FROM workers WHERE id = %s", (id,))


def count_active(cursor: Cursor, *, within: float) -> int:
    """How many workers were seen within so many seconds."""
    cursor.execute(_ACTIVE, (within,))
    return int(fetch_row(cursor)[0])

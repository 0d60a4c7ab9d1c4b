"""Repeats of an event: they get the first response, start nothing, and are kept with the first event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.storage.database import Cursor
from app.storage.events import NewEvent
from app.storage.idempotency import reused
from app.storage.json_text import dumps

#: Repeats that are kept of one event; a sender may repeat it for years.
MOST_REPEATS = 100


@dataclass(frozen=True)
class Repeat:
    """A repeat of an event."""

    #: The first event.
    event_id: str
    #: The response that the first event got, as JSON text.
    first_answer: str

    @property
    def answer(self) -> str:
        """The response to the repeat, as JSON text: the first one, and which event is repeated."""
        return f'{self.first_answer.rstrip()[:-1]},"repeat_of":{dumps(self.event_id)}}}'


# A key that came with another body is no repeat, and nothing is kept of it.
_KEEP = """
WITH first AS (
    SELECT body_hash, response::text AS answer, (response ->> 'event_id')::uuid AS event_id
    FROM idempotency_keys WHERE key = %(key)s
), kept AS (
    INSERT INTO event_repeats (event_id, posted_at)
    SELECT event_id, clock_timestamp() FROM first
    WHERE (body_hash IS NULL OR %(body_hash)s IS NULL OR body_hash = %(body_hash)s)
      AND (SELECT count(*) FROM event_repeats r WHERE r.event_id = first.event_id) < %(most)s
    ON CONFLICT DO NOTHING
)
SELECT body_hash, event_id, answer FROM first
"""


def keep_repeat(cursor: Cursor, event: NewEvent) -> Repeat | None:
    """
    Keep that the first event with the same key was repeated; None: there is none any more.

    Raises KeyReused where the key was used for another body.
    """
    cursor.execute(_KEEP, {"key": event.dedupe_key, "body_hash": event.body_hash, "most": MOST_REPEATS})
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    body_hash, event_id, answer = row
    if None not in (body_hash, event.body_hash) and body_hash != event.body_hash:
        raise reused(event.idempotency_key or "")
    return Repeat(event_id, answer)

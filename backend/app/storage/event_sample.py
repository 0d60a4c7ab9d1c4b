"""A sample of recent events: the newest ones, of a bounded number and size."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Events of a sample, bytes of the largest one and of all together.
MOST_EVENTS = 2_000
MOST_BYTES_OF_ONE = 64_000
MOST_BYTES = 4_000_000

_SAMPLE = """
SELECT payload FROM (
    SELECT id, payload, sum(octet_length(payload::text)) OVER (ORDER BY id DESC) AS total FROM (
        SELECT id, payload FROM events
        WHERE CAST(:since AS timestamptz) IS NULL OR received_at >= :since ORDER BY id DESC LIMIT :events
    ) newest WHERE octet_length(payload::text) <= :largest
) sized WHERE total <= :bytes ORDER BY id DESC
"""


def sample_payloads(session: Session, since: datetime | None = None) -> list[Any]:
    """The payloads of the newest events since a moment (None: of any age), newest first."""
    limits = {"events": MOST_EVENTS, "largest": MOST_BYTES_OF_ONE, "bytes": MOST_BYTES}
    return list(session.execute(text(_SAMPLE), {"since": since, **limits}).scalars())

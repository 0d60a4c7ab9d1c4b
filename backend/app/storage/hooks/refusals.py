"""Refused deliveries: counted, and the newest of each hook kept in a ring of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.database import Cursor
from app.storage.models.hooks import HookRefusal

#: Refused deliveries that are kept of one hook.
MOST_REFUSALS = 100


@dataclass(frozen=True)
class Refusal:
    """A delivery that was refused."""

    at: datetime
    #: The sentence that the sender got.
    reason: str
    delivery_id: str | None
    address: str | None


@dataclass(frozen=True)
class Refusals:
    """Refused deliveries of one hook since they were last written."""

    count: int
    #: The last ones of them, oldest first, ``MOST_REFUSALS`` at most.
    newest: Sequence[Refusal]


# Hooks are locked in the order of their ids, so that two processes do not wait for each other. A hook that was deleted
# meanwhile is left out. ``back`` is the number of refusals that came after this one.
_KEEP = f"""
WITH locked AS (
    SELECT id FROM hooks WHERE id = ANY(%(hook_ids)s::uuid[]) ORDER BY id FOR UPDATE
), counted AS (
    UPDATE hooks h SET refused = h.refused + n.count
    FROM locked, unnest(%(hook_ids)s::uuid[], %(counts)s::bigint[]) AS n (id, count)
    WHERE h.id = locked.id AND n.id = locked.id
    RETURNING h.id, h.refused
)
INSERT INTO hook_refusals AS kept (hook_id, slot, number, at, reason, delivery_id, address)
SELECT c.id, (c.refused - r.back) %% {MOST_REFUSALS}, c.refused - r.back, r.at, r.reason, r.delivery_id, r.address
FROM counted c
JOIN unnest(%(of)s::uuid[], %(backs)s::int[], %(ats)s::timestamptz[], %(reasons)s::text[], %(delivery_ids)s::text[],
            %(addresses)s::text[]) AS r (hook_id, back, at, reason, delivery_id, address) ON r.hook_id = c.id
ON CONFLICT (hook_id, slot) DO UPDATE
SET number = excluded.number, at = excluded.at, reason = excluded.reason, delivery_id = excluded.delivery_id,
    address = excluded.address
"""


def keep_refusals(cursor: Cursor, refused: Mapping[str, Refusals]) -> None:
    """Count the refused deliveries of these hooks, by id, and keep the newest ones, in one statement."""
    rows = [
        (hook_id, back, each)
        for hook_id, refusals in refused.items()
        for back, each in enumerate(reversed(refusals.newest))
    ]
    values = {
        "hook_ids": list(refused),
        "counts": [refusals.count for refusals in refused.values()],
        "of": [hook_id for hook_id, _, _ in rows],
        "backs": [back for _, back, _ in rows],
        "ats": [each.at for _, _, each in rows],
        "reasons": [each.reason for _, _, each in rows],
        "delivery_ids": [each.delivery_id for _, _, each in rows],
        "addresses": [each.address for _, _, each in rows],
    }
    cursor.execute(_KEEP, values)


def list_refusals(session: Session, hook_id: str) -> Sequence[HookRefusal]:
    """The newest refused deliveries of a hook, newest first."""
    query = select(HookRefusal).where(HookRefusal.hook_id == hook_id)
    return session.scalars(query.order_by(HookRefusal.number.desc())).all()

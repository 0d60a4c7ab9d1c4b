"""The removal of rows that are kept for a while only: each process looks for some every ten minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.upkeep.chore import Chore
from app.storage.database import ConnectionPool, Cursor, driver
from app.storage.deliveries.outbox import rest_if_unheard
from app.storage.deliveries.sending import remove_ended
from app.storage.idempotency import delete_expired_keys
from app.storage.statuses import DeliveryStatus
from app.storage.test_executions import delete_ended_tests

#: Days for which deliveries are kept after they have ended.
KEPT_DAYS = {DeliveryStatus.DELIVERED: 7.0, DeliveryStatus.DEAD: 30.0}
#: Seconds from one look to the next, and rows that one statement removes.
INTERVAL = 600.0
BATCH = 1000


@dataclass
class Removal:
    """The removal of one kind of rows by one process."""

    engine: ConnectionPool
    #: Removes a batch of this size; True where there may be more.
    remove: Callable[[Cursor, int], bool]
    interval: float = INTERVAL
    batch: int = BATCH
    _next_at: float = 0.0

    def run_batch(self, chore: Chore) -> bool:
        """Remove a batch, if it is time; True where there may be more."""
        if time.monotonic() < self._next_at:
            return False
        with driver(self.engine) as connection, connection.cursor() as cursor:
            has_more = self.remove(cursor, self.batch)
        if not has_more:
            self._next_at = time.monotonic() + self.interval
        return has_more


def remove_expired_keys(cursor: Cursor, batch: int) -> bool:
    """Idempotency keys that have expired."""
    return delete_expired_keys(cursor, batch=batch) == batch


def remove_ended_tests(cursor: Cursor, batch: int, *, days: float) -> bool:
    """Test executions that have ended, after some days."""
    return delete_ended_tests(cursor, days=days, batch=batch // 10) == batch // 10


def remove_ended_deliveries(cursor: Cursor, batch: int) -> bool:
    """Deliveries that have ended, after some days."""
    removed = [remove_ended(cursor, status=status.value, days=days, batch=batch) for status, days in KEPT_DAYS.items()]
    rest_if_unheard(cursor)
    return batch in removed

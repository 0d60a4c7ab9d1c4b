"""Deliveries that have ended are removed after some days: each process looks for some every ten minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine

from app.engine.upkeep.chore import Chore
from app.storage.database import driver
from app.storage.deliveries.deliveries import DeliveryStatus
from app.storage.deliveries.outbox import rest_if_unheard
from app.storage.deliveries.sending import remove_ended

#: Days for which deliveries are kept after they have ended.
KEPT_DAYS = {DeliveryStatus.DELIVERED: 7.0, DeliveryStatus.DEAD: 30.0}
#: Seconds from one look to the next, and deliveries that one statement removes.
INTERVAL = 600.0
BATCH = 1000


@dataclass
class EndedDeliveries:
    """The removal of deliveries by one process."""

    engine: Engine
    interval: float = INTERVAL
    batch: int = BATCH
    _next_at: float = 0.0

    def run_batch(self, chore: Chore) -> bool:
        """Remove a batch, if it is time; True where there may be more."""
        if time.monotonic() < self._next_at:
            return False
        with driver(self.engine) as connection, connection.cursor() as cursor:
            removed = [
                remove_ended(cursor, status=status.value, days=days, batch=self.batch)
                for status, days in KEPT_DAYS.items()
            ]
            rest_if_unheard(cursor)
        if self.batch in removed:
            return True
        self._next_at = time.monotonic() + self.interval
        return False

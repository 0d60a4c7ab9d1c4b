"""Idempotency keys that have expired are removed: each process looks for some every ten minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine

from app.engine.upkeep.chore import Chore
from app.storage.database import driver
from app.storage.idempotency import delete_expired_keys

#: Seconds from one look to the next, and keys that one statement removes.
INTERVAL = 600.0
BATCH = 1000


@dataclass
class ExpiredKeys:
    """The removal of expired keys by one process."""

    engine: Engine
    interval: float = INTERVAL
    batch: int = BATCH
    _next_at: float = 0.0

    def run_batch(self, chore: Chore) -> bool:
        """Remove a batch, if it is time; True where there may be more."""
        if time.monotonic() < self._next_at:
            return False
        with driver(self.engine) as connection, connection.cursor() as cursor:
            removed = delete_expired_keys(cursor, batch=self.batch)
        if removed == self.batch:
            return True
        self._next_at = time.monotonic() + self.interval
        return False

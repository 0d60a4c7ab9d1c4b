"""The self-check: once a minute a slice of the live executions is searched for any that have no way out."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from app.engine.upkeep.chore import Chore
from app.storage.database import ConnectionPool, driver
from app.storage.walk.self_check import CheckedSlice, check_again, find_stuck

log = logging.getLogger(__name__)

#: Seconds from one slice to the next, and live executions in a slice: about 10 ms.
INTERVAL = 60.0
SLICE = 1000


@dataclass
class SelfCheck:
    """The self-check of one process: where its next slice begins, and how many stuck executions it has found."""

    engine: ConnectionPool
    interval: float = INTERVAL
    found: int = 0
    _after: str | None = None
    _next_at: float = 0.0

    def run_batch(self, chore: Chore) -> bool:
        """Check the next slice, if it is time; there is never more to do at once."""
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + self.interval
            self.check()
        return False

    def check(self) -> CheckedSlice:
        """Check the next slice; what is stuck is logged, and checked again by the timekeeper."""
        with driver(self.engine) as connection, connection.cursor() as cursor:
            checked = find_stuck(cursor, after=self._after, limit=SLICE)
            if checked.stuck:
                check_again(cursor, [each.execution_id for each in checked.stuck])
        self._after = checked.next
        self.found += checked.total
        if checked.total:
            log.error(
                "Self-check: %d executions have no way out, %d since this worker started. First: execution %s, node"
                " %s: %s. They are checked again now; if this repeats, cancel them and report it with this log.",
                checked.total,
                self.found,
                *checked.stuck[0],
                extra={"event": "self_check", "stuck": checked.total, "execution": checked.stuck[0].execution_id},
            )
        return checked

"""The wake-ups that one walker has at hand."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterable

from app.engine.wakeups.message import WakeUp

#: Seconds that one handler may take before the wake-ups behind it are published for other workers.
BUSY_TIMEOUT = 0.02
#: Seconds after which a walker whose handlers are quick, but which has much at hand, gives half of it to others.
FAIRNESS = 0.25


class LocalQueue:
    """The wake-ups that one walker has at hand; the publisher takes from it what would wait too long."""

    def __init__(self, wake_ups: Iterable[WakeUp]) -> None:
        self._waiting = deque(wake_ups)
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._busy_since = math.inf

    def add(self, wake_ups: Iterable[WakeUp]) -> None:
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.extend(wake_ups)

    def take(self, execution_id: str | None = None) -> WakeUp | None:
        """The next wake-up; None where there is none, or it belongs to another execution than asked for."""
        with self._lock:
            if not self._waiting or (execution_id and self._waiting[0].execution_id != execution_id):
                return None
            return self._waiting.popleft()

    def busy(self, busy: bool) -> None:
        """Its walker begins to run a handler, or has run it."""
        self._busy_since = time.monotonic() if busy else math.inf

    def offload(self) -> list[WakeUp]:
        """Take all of it where one handler takes long, half of it where it has been at hand for long, else nothing."""
        now = time.monotonic()
        with self._lock:
            if now - self._busy_since >= BUSY_TIMEOUT:
                return self._take_last(len(self._waiting))
            if now - self._since >= FAIRNESS:
                self._since = now
                return self._take_last(len(self._waiting) // 2)
            return []

    def take_all(self) -> list[WakeUp]:
        """Take everything that is left."""
        with self._lock:
            return self._take_last(len(self._waiting))

    def _take_last(self, count: int) -> list[WakeUp]:
        return [self._waiting.pop() for _ in range(count)][::-1]

    def __len__(self) -> int:
        return len(self._waiting)

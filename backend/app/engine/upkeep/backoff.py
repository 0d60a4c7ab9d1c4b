"""Keys that failed, each left alone for a time that doubles with every failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

#: Seconds after the first failure, and at most.
FIRST_PAUSE = 1.0
MAX_PAUSE = 600.0


class _Failure(NamedTuple):
    failures: int
    #: By the monotonic clock.
    until: float


@dataclass
class Backoff:
    """The failures that this process has seen; each process has its own."""

    now: Callable[[], float] = time.monotonic
    _failures: dict[str, _Failure] = field(default_factory=dict)

    def fail(self, key: str) -> float:
        """Leave the key alone from now on; returns for how many seconds."""
        count = self._failures[key].failures + 1 if key in self._failures else 1
        pause = min(FIRST_PAUSE * 2.0 ** (count - 1), MAX_PAUSE)
        self._failures[key] = _Failure(count, self.now() + pause)
        return pause

    def succeed(self, key: str) -> None:
        """Forget the failures of the key."""
        self._failures.pop(key, None)

    def paused(self) -> list[str]:
        """The keys to leave alone now. A key that has not failed for an hour after its pause is forgotten."""
        now = self.now()
        self._failures = {key: failure for key, failure in self._failures.items() if failure.until > now - 3600}
        return [key for key, failure in self._failures.items() if failure.until > now]

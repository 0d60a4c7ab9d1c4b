"""Executions whose statements take too long: each is tried again after a time that doubles, and not for ever."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

#: Seconds after the first failure, and at most. A statement may take half a minute to fail, and holds up all others of
#: its process.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 60.0


class _Failing(NamedTuple):
    since: float
    pause: float
    until: float


class Retries:
    """The executions of a process that failed alone, with an error that may pass. Used by the thread of the walk."""

    def __init__(self) -> None:
        self._failing: dict[str, _Failing] = {}

    def __len__(self) -> int:
        return len(self._failing)

    def fail(self, execution_id: str, *, most: float) -> bool:
        """Leave the execution alone for a while; False, and it is forgotten, where it fails for ``most`` seconds."""
        now, before = monotonic(), self._failing.get(execution_id)
        if before is not None and now - before.since > most:
            del self._failing[execution_id]
            return False
        pause = FIRST_PAUSE if before is None else min(before.pause * 2, LONGEST_PAUSE)
        self._failing[execution_id] = _Failing(before.since if before else now, pause, now + pause)
        return True

    def succeed(self, execution_id: str) -> None:
        """Forget the failures of the execution."""
        self._failing.pop(execution_id, None)

    def waiting(self) -> set[str]:
        """The executions that are to be left alone now."""
        now = monotonic()
        return {id for id, failing in self._failing.items() if now < failing.until}

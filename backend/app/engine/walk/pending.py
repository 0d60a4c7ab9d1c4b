"""The wake-ups that a process has at hand and has not acted on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from time import monotonic

from app.engine.walk.news import Look

#: Wake-ups of one execution that are taken together.
WAKE_UPS_AT_ONCE = 100


class Pending:
    """
    Wake-ups by execution, taken in the order in which executions came: none waits behind another's many wake-ups.

    Its methods are called under the lock of the walker.
    """

    def __init__(self) -> None:
        #: The wake-ups of each execution, and since when they wait.
        self._waiting: dict[str, tuple[float, list[Look]]] = {}

    def __len__(self) -> int:
        """The number of executions."""
        return len(self._waiting)

    def __contains__(self, execution_id: str) -> bool:
        return execution_id in self._waiting

    def add(self, looks: Iterable[Look]) -> None:
        for look in looks:
            self._waiting.setdefault(look.wake_up.execution_id, (monotonic(), []))[1].append(look)

    def take(self, executions: int) -> list[Look]:
        """Take wake-ups of so many executions, ``WAKE_UPS_AT_ONCE`` of each at most."""
        taken = []
        for id in list(islice(self._waiting, executions)):
            since, waiting = self._waiting.pop(id)
            if len(waiting) > WAKE_UPS_AT_ONCE:
                self._waiting[id] = since, waiting[WAKE_UPS_AT_ONCE:]
            taken += waiting[:WAKE_UPS_AT_ONCE]
        return taken

    def take_old(self, seconds: float) -> list[Look]:
        """Take all wake-ups of executions that have waited for so long."""
        now = monotonic()
        old = [id for id, (since, _) in self._waiting.items() if now - since > seconds]
        return [look for id in old for look in self._waiting.pop(id)[1]]

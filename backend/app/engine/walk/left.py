"""Wake-ups for which a process had no room: kept for a moment, because there may be some soon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from time import monotonic

from app.engine.walk.news import Look

#: Seconds that a process keeps wake-ups for which it has no room, before it gives them to other processes.
KEEP_FOR = 0.5


class Left:
    """The wake-ups for which there was no room, each with its time. Used by the thread of the walk."""

    def __init__(self) -> None:
        self._since: dict[Look, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def add(self, looks: Iterable[Look]) -> None:
        for look in looks:
            self._since.setdefault(look, monotonic())

    @property
    def executions(self) -> set[str]:
        return {look.wake_up.execution_id for look in self._since}

    @property
    def isolation(self) -> int | None:
        """The least number of handlers that may run beside one of these steps; None: any number."""
        return min((look.isolation for look in self._since if look.isolation is not None), default=None)

    def count_apart(self, executions: Collection[str]) -> int:
        """The number of those that belong to none of these executions."""
        return sum(look.wake_up.execution_id not in executions for look in self._since)

    def take(self, has_place: Callable[[Look], bool]) -> list[Look]:
        """Take those for which there is a place now."""
        return self._remove([look for look in self._since if has_place(look)])

    def take_old(self, but: Collection[str]) -> list[Look]:
        """Take those that have waited for long, except of executions that run here: their places are here."""
        now = monotonic()
        return self._remove(
            [x for x, since in self._since.items() if now - since > KEEP_FOR and x.wake_up.execution_id not in but]
        )

    def take_all(self) -> list[Look]:
        return self._remove(list(self._since))

    def _remove(self, looks: list[Look]) -> list[Look]:
        for look in looks:
            del self._since[look]
        return looks

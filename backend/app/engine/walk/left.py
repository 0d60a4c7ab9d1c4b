"""Wake-ups for which a process had no room: kept for a moment, because there may be some soon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import islice
from time import monotonic

from app.engine.walk.news import Look

#: Seconds that a process keeps wake-ups for which it has no room, before it gives them to other processes.
KEEP_FOR = 0.5
#: Wake-ups of steps that compute which a process takes for one place, as other processes may have begun some of them;
#: and which it gives to others each time, so that waiting for a place turns the queue over only slowly.
COMPUTING_AT_ONCE = 4


class Left:
    """The wake-ups for which there was no room, each with its time. Used by the thread of the walk."""

    def __init__(self) -> None:
        self._since: dict[Look, float] = {}
        #: When wake-ups of steps that compute were given to other processes last.
        self._shared_at = 0.0

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
        """The number of those that belong to none of these executions; a step that computes holds up no others."""
        return sum(not look.computes and look.wake_up.execution_id not in executions for look in self._since)

    def take(self, has_place: Callable[[Look], bool]) -> list[Look]:
        """Take those for which there is a place now."""
        computing = islice((look for look in self._since if look.computes and has_place(look)), COMPUTING_AT_ONCE)
        others = [look for look in self._since if not look.computes and has_place(look)]
        return self._remove([*computing, *others])

    def take_old(self, but: Collection[str]) -> list[Look]:
        """
        Take those that have waited for long, except of executions that run here: their places are here.

        Of steps that compute a few are taken at a time, whatever runs here: another process may have a place.
        """
        now = monotonic()
        old = [look for look, since in self._since.items() if now - since > KEEP_FOR]
        taken = [look for look in old if not look.computes and look.wake_up.execution_id not in but]
        computing = [look for look in old if look.computes]
        if computing and now - self._shared_at > KEEP_FOR:
            self._shared_at = now
            taken += computing[:COMPUTING_AT_ONCE]
        return self._remove(taken)

    def take_all(self) -> list[Look]:
        return self._remove(list(self._since))

    def _remove(self, looks: list[Look]) -> list[Look]:
        for look in looks:
            del self._since[look]
        return looks

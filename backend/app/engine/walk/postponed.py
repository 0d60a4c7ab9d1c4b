"""Wake-ups for which a process had no time: kept for a moment, and given to other processes where that goes on."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from app.engine.walk.left import KEEP_FOR
from app.engine.walk.news import Look

#: Executions at hand from which on a process takes no further messages.
MAX_PENDING = 64
#: The part of that number that is left each time a process gives wake-ups away; it is doubled when it keeps up again.
NARROWING = 4


class Postponed:
    """The wake-ups that the next turn begins with. Used by the thread of the walk."""

    def __init__(self) -> None:
        self._looks: list[Look] = []
        #: Since when no turn had time for all.
        self._since: float | None = None
        #: Executions at hand from which on this process takes no further messages.
        self.most_pending = MAX_PENDING

    def __len__(self) -> int:
        return len(self._looks)

    @property
    def executions(self) -> set[str]:
        return {look.wake_up.execution_id for look in self._looks}

    @property
    def is_behind(self) -> bool:
        """True where there has been no time for all for ``KEEP_FOR`` seconds."""
        return self._since is not None and monotonic() - self._since > KEEP_FOR

    def add(self, looks: Iterable[Look]) -> None:
        self._looks += looks

    def take_all(self) -> list[Look]:
        looks, self._looks = self._looks, []
        return looks

    def take_surplus(self) -> list[Look]:
        """At the end of a turn, take what is for other processes: all but one, where this process is behind."""
        if not self._looks:
            self._since = None
            self.most_pending = min(MAX_PENDING, self.most_pending * 2)
        elif self._since is None:
            self._since = monotonic()
        elif self.is_behind:
            self.most_pending = max(1, self.most_pending // NARROWING)
            surplus, self._looks = self._looks[1:], self._looks[:1]
            return surplus
        return []

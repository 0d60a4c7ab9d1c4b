"""Isolation: how many walks of this process run beside a step that may have ended its process before."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from threading import Condition

from app.storage.rows import FoundStep
from app.storage.statuses import StepStatus

#: Of the steps that were lost together, the part that shares a process the next time: 300, 37, 4, 1.
NARROWING = 8


class NeedsIsolation(Exception):
    """The step may share its process with fewer walks than this walk was admitted for."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def isolation_limit(step: FoundStep | None) -> int | None:
    """
    How many walks may run in the process of this step, its own included; None: any number.

    One of the steps that were lost together may have ended their process. They run again in smaller and smaller groups,
    so that after a few losses the guilty one runs alone; only a loss of a step that runs alone counts for ``poisoned``.
    """
    if step is None or step.status != StepStatus.READY or not step.lost_together:
        return None
    return max(1, step.lost_together // NARROWING)


@dataclass
class Isolation:
    """Admits the walks of one process in the order in which they come. A walk that waits holds no claim."""

    _changed: Condition = field(default_factory=Condition)
    _waiting: deque[object] = field(default_factory=deque)
    _walks: int = 0
    #: The limits of admitted walks that have one.
    _limits: list[int] = field(default_factory=list)

    def enter(self, limit: int | None) -> None:
        """Wait until fewer than ``limit`` other walks run (None: any number); as many as that run until ``leave``."""
        own, turn = inf if limit is None else limit, object()
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is turn and self._walks < min([own, *self._limits]))
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
            self._walks += 1
            if limit is not None:
                self._limits.append(limit)

    def leave(self, limit: int | None) -> None:
        """End a walk that was admitted with this limit."""
        with self._changed:
            self._walks -= 1
            if limit is not None:
                self._limits.remove(limit)
            self._changed.notify_all()

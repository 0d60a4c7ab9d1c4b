"""Starts again what ends, with a growing delay and one line for each restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from app.scripts.stack.processes import CannotStart, Child, describe_exit

#: Seconds before the second restart in a row; each further one waits twice as long.
FIRST_DELAY = 1.0
#: Seconds; no restart waits longer.
LONGEST_DELAY = 30.0
#: Seconds that a process must run before its next restart is immediate again.
STABLE_AFTER = 60.0


class Restartable(Protocol):
    """A process that can be started again at the same address."""

    @property
    def child(self) -> Child | None: ...

    def start(self) -> None:
        """Start it. Raises CannotStart if it ends at once."""


class Restarter:
    """Restarts one process whenever it ends, as often as needed."""

    def __init__(self, process: Restartable, report: Callable[[str], None]) -> None:
        self._process = process
        self._report = report
        self._restarts = 0
        self._started_at = time.monotonic()
        self._due_at: float | None = None

    def check(self) -> None:
        """Start the process again if it has ended and its delay is over."""
        child = self._process.child
        if child is None or child.status is None:
            return
        if self._due_at is None:
            self._schedule(child)
        elif time.monotonic() >= self._due_at:
            self._restart()

    def _schedule(self, child: Child) -> None:
        now = time.monotonic()
        if now - self._started_at >= STABLE_AFTER:
            self._restarts = 0
        delay = restart_delay(self._restarts)
        when = f"in {delay:.0f} s" if delay else "now"
        log = child.program.log
        self._report(f"{describe_exit(child)}; starting it again {when}. If it keeps ending, read {log} for the cause.")
        self._restarts += 1
        self._due_at = now + delay

    def _restart(self) -> None:
        self._due_at = None
        try:
            self._process.start()
        except CannotStart:
            return  # The child has ended; the next check reports it and waits longer.
        finally:
            self._started_at = time.monotonic()


class Supervisor:
    """Restarts several processes, in the order given: those that others need come first."""

    def __init__(self, processes: Iterable[Restartable], report: Callable[[str], None]) -> None:
        self._restarters = [Restarter(process, report) for process in processes]

    def check(self) -> None:
        """Start again every process that has ended and is due."""
        for restarter in self._restarters:
            restarter.check()


def restart_delay(restarts: int) -> float:
    """Seconds before a restart, given the number of restarts in a row before it: 0, 1, 2, 4 … 30."""
    return min(FIRST_DELAY * 2 ** min(restarts - 1, 10), LONGEST_DELAY) if restarts else 0.0

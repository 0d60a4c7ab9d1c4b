"""A deadline for what a task awaits; a fifth of the price of that of a library that serves other event loops too."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadline:
    """
    Ends what is awaited inside ``with`` after these seconds; ``has_passed`` says so afterwards.

    ``asyncio.timeout`` is the same from Python 3.11 on.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_passed = False

    def __enter__(self) -> Deadline:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._end)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        self._timer.cancel()
        if not self.has_passed or kind is not asyncio.CancelledError:
            return False
        # A task that somebody else cancels too stays cancelled.
        return uncancel(self._task) == 0

    def _end(self) -> None:
        self.has_passed = True
        if self._task is not None:
            self._task.cancel()


def uncancel(task: asyncio.Task[object] | None) -> int:
    """Take back one cancellation of a task: those that are left. Python 3.10 does not count them."""
    return task.uncancel() if task is not None and hasattr(task, "uncancel") else 0

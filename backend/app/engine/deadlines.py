"""Deadlines of calls on threads: a call whose time is over is stopped at its next bytecode."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any, TypeVar

_T = TypeVar("_T")
#: Bytecodes after which a thread has noticed an exception that was set for it, and many more.
NOTICED_AFTER = 100


class CallTimeout(Exception):
    """The call took too long; its result is dropped."""


class GivenUp(BaseException):
    """Raised inside a call whose time is over, at its next bytecode."""


class CallLimit:
    """The time limit of one call, which runs on the thread that makes this."""

    def __init__(self, seconds: float, expired: Callable[[], None] = lambda: None) -> None:
        self.deadline = monotonic() + seconds
        self._thread = threading.get_ident()
        self._expired = expired
        self._lock = threading.Lock()
        self._is_over = False
        self._has_expired = False

    def expire(self) -> None:
        """Stop the call, unless it has ended."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = self._has_expired = True
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(GivenUp))
        self._expired()

    def end(self) -> bool:
        """Note that the call has ended; False where its time was over before."""
        with self._lock:
            self._is_over = True
            return not self._has_expired


class Deadlines:
    """Ends calls when their time is over, from a thread that sleeps until the next one may be due."""

    def __init__(self) -> None:
        # Entered by itself: on its way into and out of a Condition a call may be stopped, and hold the lock for ever.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._limits: set[CallLimit] = set()
        #: When the thread looks again.
        self._next = inf
        self._thread: threading.Thread | None = None

    def add(self, limit: CallLimit) -> None:
        with self._lock:
            self._limits.add(limit)
            if limit.deadline >= self._next:
                return
            self._next = limit.deadline
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, limit: CallLimit) -> None:
        with self._lock:
            self._limits.discard(limit)

    def _run(self) -> None:
        while True:
            with self._changed:
                while (seconds := self._next - monotonic()) > 0:
                    self._changed.wait(min(seconds, threading.TIMEOUT_MAX))
                now = monotonic()
                late = [limit for limit in self._limits if limit.deadline <= now]
                self._limits.difference_update(late)
                self._next = min((limit.deadline for limit in self._limits), default=inf)
            for limit in late:
                limit.expire()


def call_within(deadlines: Deadlines, seconds: float, call: Callable[[], _T]) -> _T:
    """Return what ``call`` returns, on this thread. Raises CallTimeout where it takes longer, and what it raises."""
    limit = CallLimit(seconds)
    deadlines.add(limit)
    try:
        try:
            answer: Any = call()
        finally:
            is_in_time = limit.end()
            deadlines.remove(limit)
        if not is_in_time:
            for _ in range(NOTICED_AFTER):  # The exception is on its way, and must not come later.
                time.sleep(0)
            raise GivenUp
    except GivenUp:
        limit.end()
        deadlines.remove(limit)
        raise CallTimeout from None
    result: _T = answer
    return result

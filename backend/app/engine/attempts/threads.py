"""The threads of a process on which plain handlers run, each within its time."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from math import inf
from queue import SimpleQueue
from time import monotonic
from typing import Any, NamedTuple

from app.engine.attempts.timeout import CallTimeout, GivenUp


class Work(NamedTuple):
    """A call for a thread: ``open`` returns what to call, and the seconds that it may take."""

    open: Callable[[], tuple[Callable[[], Any], float]]
    #: Takes the answer or the error, once.
    done: Callable[[Any, BaseException | None], None]


class HandlerThreads:
    """
    Runs plain handlers, each on a thread of its own; threads are kept for further calls.

    A call that takes longer than its time ends with CallTimeout, and its thread at its next bytecode: a call that
    blocks in C goes on until it ends by itself. The caller limits how many run at once.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._threads: set[_Thread] = set()
        self._idle: list[_Thread] = []
        #: When the watcher looks again.
        self._next = inf
        self._watcher: threading.Thread | None = None

    @property
    def idle(self) -> int:
        """The number of threads that have nothing to do."""
        return len(self._idle)

    def start(self, work: Work) -> None:
        """Run it on a thread; ``done`` is called there, or where its time is noticed to be over."""
        with self._changed:
            thread = self._idle.pop() if self._idle else _Thread(self)
            self._threads.add(thread)
        thread.inbox.put(work)

    def rest(self, thread: _Thread) -> None:
        """Keep a thread that has nothing to do."""
        with self._changed:
            self._idle.append(thread)

    def watch(self, deadline: float) -> None:
        """Have a call end by then."""
        if deadline >= self._next:
            return
        with self._changed:
            self._next = min(self._next, deadline)
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="handler-limits", daemon=True)
                self._watcher.start()
            self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while (seconds := self._next - monotonic()) > 0:
                    self._changed.wait(min(seconds, threading.TIMEOUT_MAX))
                now = monotonic()
                late = [thread for thread in self._threads if thread.deadline <= now]
                self._threads.difference_update(late)
                self._next = min((thread.deadline for thread in self._threads), default=inf)
            for thread in late:
                thread.give_up()


class _Thread(threading.Thread):
    """A thread that runs one call after another."""

    def __init__(self, threads: HandlerThreads) -> None:
        super().__init__(name="handler", daemon=True)
        self.inbox: SimpleQueue[Work] = SimpleQueue()
        self._threads = threads
        self._lock = threading.Lock()
        self._work: Work | None = None
        #: When its call has to end.
        self.deadline = inf
        self.start()

    def run(self) -> None:
        with suppress(GivenUp):  # It may come when the call has just ended.
            while self._run(self.inbox.get()):
                self._threads.rest(self)

    def _run(self, work: Work) -> bool:
        """Run one call; False where it took too long, and this thread is to end."""
        answer, error = None, None
        self._work = work
        try:
            call, seconds = work.open()
            self.deadline = monotonic() + seconds
            self._threads.watch(self.deadline)
            answer = call()
        except BaseException as raised:  # even SystemExit ends only the call that raised it
            error = raised
        return self._finish(work, answer, error)

    def _finish(self, work: Work, answer: Any, error: BaseException | None) -> bool:
        with self._lock:
            is_in_time, self._work, self.deadline = self._work is work, None, inf
        if is_in_time:
            work.done(answer, error)
        return is_in_time

    def give_up(self) -> None:
        """End a call whose time is over, unless it has ended; sooner if it runs Python code than if it blocks in C."""
        with self._lock:
            work, self._work = self._work, None
            if work is None or self.deadline > monotonic():
                self._work = work
                return
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(GivenUp))
        work.done(None, CallTimeout())

"""The threads of a process on which plain handlers run, each within its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple

from app.engine.attempts.stuck import StuckCalls
from app.engine.deadlines import CallLimit, CallTimeout, Deadlines, GivenUp


class Work(NamedTuple):
    """A call for a thread: ``open`` returns what to call, and the seconds that it may take."""

    open: Callable[[], tuple[Callable[[], Any], float]]
    #: Takes the answer or the error, once.
    done: Callable[[Any, BaseException | None], None]
    #: The ids of the handler's step, and its node type, for log lines.
    label: Mapping[str, Any] = {}
    #: True where it keeps a processor busy.
    computes: bool = False


class HandlerThreads:
    """
    Runs plain handlers, each on a thread of its own; threads are kept for further calls.

    A call that takes longer than its time ends with CallTimeout, and its thread at its next bytecode: a call that
    blocks in C goes on until it ends by itself. ``replace`` is called where too many do so: only the end of the process
    ends them. The caller limits how many run at once.
    """

    def __init__(self, deadlines: Deadlines, replace: Callable[[], None] = lambda: None) -> None:
        self._deadlines = deadlines
        self._stuck = StuckCalls(replace)
        self._lock = threading.Lock()
        self._idle: list[_Thread] = []

    @property
    def idle(self) -> int:
        """The number of threads that have nothing to do."""
        return len(self._idle)

    @property
    def is_ending_here(self) -> bool:
        """True on a thread that hands over the outcome of a call, and can take the next one itself."""
        thread = threading.current_thread()
        return isinstance(thread, _Thread) and thread.is_ending

    def start(self, work: Work) -> Callable[[], None]:
        """
        Run it on a thread; ``done`` is called there, or where its time is noticed to be over.

        A call that ``done`` starts runs on the same thread next.
        Returns what ends the call at once, as if its time were over.
        """
        running, current = _Running(work), threading.current_thread()
        if isinstance(current, _Thread) and current.is_ending:
            current.is_ending = False
            current.inbox.put(running)
            return running.stop
        with self._lock:
            thread = self._idle.pop() if self._idle else _Thread(self._deadlines, self._stuck, self._rest)
        thread.inbox.put(running)
        return running.stop

    def _rest(self, thread: _Thread) -> None:
        """Keep a thread that has nothing to do."""
        with self._lock:
            self._idle.append(thread)


class _Running:
    """A call, and its limit once it has begun."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.limit: CallLimit | None = None

    def stop(self) -> None:
        if self.limit is not None:
            self.limit.expire()


class _Thread(threading.Thread):
    """A thread that runs one call after another, until one takes too long."""

    def __init__(self, deadlines: Deadlines, stuck: StuckCalls, rest: Callable[[_Thread], None]) -> None:
        super().__init__(name="handler", daemon=True)
        self.inbox: SimpleQueue[_Running] = SimpleQueue()
        self._deadlines = deadlines
        self._stuck = stuck
        self._rest = rest
        #: True while it hands over the outcome of a call and has no next one.
        self.is_ending = False
        self.start()

    def run(self) -> None:
        with suppress(GivenUp):  # It may come when the call has just ended.
            while self._run(self.inbox.get()):
                if self.inbox.empty():
                    self._rest(self)

    def _run(self, running: _Running) -> bool:
        """Run one call; False where it took too long, and this thread is to end."""
        work, answer, error, limit = running.work, None, None, None
        try:
            call, seconds = work.open()
            limit = running.limit = CallLimit(seconds, lambda: self._expire(work))
            self._deadlines.add(limit)
            answer = call()
        except BaseException as raised:  # even SystemExit ends only the call that raised it
            error = raised
        if limit is not None:
            self._deadlines.remove(limit)
            if not limit.end():
                return False
        self.is_ending = True
        work.done(answer, error)
        self.is_ending = False
        return True

    def _expire(self, work: Work) -> None:
        """Called on another thread when the time of the call is over."""
        work.done(None, CallTimeout())
        self._stuck.add(self, work.label, computes=work.computes)

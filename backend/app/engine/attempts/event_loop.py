"""The event loop of a process: one thread on which all ``async def`` handlers run."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import ContextVar
from math import inf
from time import monotonic
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from app.engine.deadlines import CallTimeout, GivenUp

log = logging.getLogger(__name__)

#: Seconds that a handler has to clean up after it was cancelled, because it took too long.
CLEANUP = 5.0
#: Seconds between two checks whether the loop turns.
CHECK_EVERY = 0.25
#: Seconds for which a handler may block the loop before it is named in the log.
BLOCKED_AFTER = 1.0
#: Seconds for which a handler may block the loop, whatever its timeout is: the others can do nothing meanwhile.
MAX_BLOCK = 30.0
#: Seconds after that, or after its timeout, at which a handler that still blocks the loop costs all others their loop.
ABANDON_AFTER = 5.0

#: Called on the loop: returns the coroutine to run, and the seconds that it may take.
Open = Callable[[], tuple[Coroutine[Any, Any, Any], float]]
#: Takes the answer of a call, or the error that it raised; called on the thread of the loop, must be quick where other
#: calls are on it.
Done = Callable[[Any, BaseException | None], None]
#: The ids of a handler's step, and its node type, for log lines.
Label = Mapping[str, Any]

#: The label of the handler that has created a task.
_label: ContextVar[Label | None] = ContextVar("handler_label", default=None)


class LoopLost(Exception):
    """The event loop ended, or had to be abandoned, while the handler ran; it is not known how far that came."""


class LoopBlocked(Exception):
    """The handler blocked the event loop for longer than any may, and was stopped."""


class HandlerExit(Exception):
    """The handler raised SystemExit or KeyboardInterrupt, which would end the loop."""


class HandlerLoop:
    """
    Runs coroutines of handlers on one event loop, whose thread is started when it is first needed.

    A loop that has ended is replaced by a new one; the calls that it had not ended raise LoopLost.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: _Turns | None = None

    def start(self, open: Open, *, label: Label, done: Done) -> Callable[[], None]:
        """
        Run what ``open`` returns; ``done`` is called once, and gets CallTimeout where it took too long.

        Returns what ends the call at once, as if it had taken too long.
        """
        while True:
            with self._lock:
                if self._turns is None or self._turns.has_ended:
                    self._turns = _Turns()
                turns = self._turns
            call = _Call(turns.loop, open, label, done)
            if turns.accept(call):
                return call.stop

    @property
    def is_free_here(self) -> bool:
        """True on the thread of the loop, where nothing is on it but the task that asks, whose call has ended."""
        turns = self._turns
        if turns is None or turns.ident != threading.get_ident() or turns.calls or turns.has_ended:
            return False
        return turns.has_one_task

    @property
    def running(self) -> int:
        """The number of calls that have not ended."""
        return len(self._turns.calls) if self._turns else 0


class _Call:
    """One call on the loop, with its time limit. Its methods run on the thread of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, open: Open, label: Label, done: Done) -> None:
        self._loop = loop
        self._open = open
        self.label = label
        self._done = done
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._is_late = False
        #: True once it has blocked the loop for too long.
        self.is_blocking = False
        self.deadline = inf
        #: Set by the loop that accepts it; False where it has ended before.
        self.forget: Callable[[_Call], bool] = lambda call: True

    def begin(self) -> None:
        _label.set(self.label)
        try:
            coroutine, seconds = self._open()
        except Exception as error:  # the data of the node may be wrong
            self.end(None, error)
            return
        seconds = min(seconds, threading.TIMEOUT_MAX)
        self.deadline = monotonic() + seconds
        # The task is begun before the timer can cancel it, so it always comes to hand its outcome over.
        self._task = self._loop.create_task(self._run(coroutine))
        self._timer = self._loop.call_later(seconds, self._expire)

    async def _run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Hand the outcome over in the same turn of the loop: a callback of the task would wait for the next one."""
        answer: Any = None
        error: BaseException | None = None
        try:
            answer = await coroutine
        except (SystemExit, KeyboardInterrupt):
            error = HandlerExit()
        except BaseException as raised:
            error = raised
        self._take(answer, error)
        # Not before: where GivenUp comes so late that it interrupts this, the timer ends the call.
        if self._timer is not None:
            self._timer.cancel()

    def stop(self) -> None:
        """Called on any thread: end the call as if it had taken too long."""
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._task is None or self._task.done() or self._is_late:
            return
        assert self._timer is not None
        self._timer.cancel()
        self._expire()

    def _expire(self) -> None:
        assert self._task is not None
        self._is_late = True
        self._task.cancel()
        self._timer = self._loop.call_later(CLEANUP, self._leave)

    def _leave(self) -> None:
        text = "Execution %(execution)s, node %(node)s: the handler of %(type)s goes on although it was cancelled."
        log.warning(text, self.label, extra=dict(self.label))
        self.end(None, CallTimeout())

    def _take(self, answer: Any, error: BaseException | None) -> None:
        if self.is_blocking:
            self.end(None, LoopBlocked())
        elif self._is_late or isinstance(error, GivenUp):
            self.end(None, CallTimeout())
        else:
            self.end(answer, error)

    def end(self, answer: Any, error: BaseException | None) -> None:
        """Hand the outcome over, unless that was done before."""
        if self.forget(self):
            self._done(answer, error)


def read_frames() -> dict[int, FrameType]:
    """
    The frames that threads are at.

    Before Python 3.12 this may stop the process for ever: what is called holds a lock of the interpreter while it
    allocates, and if that starts a collection, garbage with a ``threading.local`` asks for the same lock
    (python/cpython#106883).
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if was_collecting:
            gc.enable()


class _Turns(threading.Thread):
    """One event loop and its thread."""

    def __init__(self) -> None:
        super().__init__(name="handler-loop", daemon=True)
        self.loop = asyncio.new_event_loop()
        self.loop.set_task_factory(self._make_task)
        self.calls: set[_Call] = set()
        #: Those that have not begun, and whether the loop is woken for them.
        self._waiting: list[_Call] = []
        self._is_woken = False
        self.has_ended = False
        self._labels: WeakKeyDictionary[asyncio.Task[Any], Label | None] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._has_calls = threading.Event()
        self._beat_at = monotonic()
        self.start()
        threading.Thread(target=self._watch, name="handler-loop-watch", daemon=True).start()

    def accept(self, call: _Call) -> bool:
        """Run a call; False where this loop has ended."""
        call.forget = self._forget
        is_here = self.ident == threading.get_ident()
        with self._lock:
            if self.has_ended:
                return False
            self.calls.add(call)
            if not is_here:
                self._waiting.append(call)
                is_woken, self._is_woken = self._is_woken, True
        if not self._has_calls.is_set():
            self._has_calls.set()
        if is_here:
            call.begin()
        elif not is_woken:
            with suppress(RuntimeError):  # It ended just now, and the call with it.
                self.loop.call_soon_threadsafe(self._begin)
        return True

    def _begin(self) -> None:
        """Begin all calls that wait: the loop is woken once for those that come together."""
        with self._lock:
            self._is_woken = False
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.begin()

    def _forget(self, call: _Call) -> bool:
        with self._lock:
            if call not in self.calls:
                return False
            self.calls.discard(call)
            return True

    @property
    def has_one_task(self) -> bool:
        """True where no task is on the loop but the one that asks."""
        # Those that have ended are soon gone, and to look through all takes longer.
        return len(self._labels) <= 1 or len(asyncio.all_tasks(self.loop)) <= 1

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        except BaseException:
            log.exception("The event loop of handlers failed.")
        self._end("The event loop of handlers has ended; the %d handlers on it are run again.")
        self._close()

    def _close(self) -> None:
        """Cancel what is left on the loop, and wait a moment for it to clean up."""
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        with suppress(BaseException):  # whatever ended the loop may do so again
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=CLEANUP))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def _end(self, text: str) -> None:
        """Give up this loop, and all calls that it has not ended."""
        with self._lock:
            self.has_ended = True
            lost = list(self.calls)
        if lost:
            log.error(text, len(lost))
        for call in lost:
            call.end(None, LoopLost())

    def _make_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        self._labels[task] = _label.get()
        return task

    # --- a loop that does not turn ------------------------------------------------------------------------------

    def _watch(self) -> None:
        pause, missed = threading.Event(), 0
        while not self.has_ended:
            if not self.calls:
                self._has_calls.clear()
                if not self.calls:
                    self._has_calls.wait()
                self._beat_at = monotonic()
            asked_at = monotonic()
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._beat)
            pause.wait(CHECK_EVERY)
            # Counted, and not measured: a process that was frozen has not been blocked for that long.
            missed = 0 if self._beat_at >= asked_at else missed + 1
            seconds = missed * CHECK_EVERY
            if seconds > BLOCKED_AFTER:
                self._handle_block(seconds, named=seconds - CHECK_EVERY > BLOCKED_AFTER)

    def _beat(self) -> None:
        self._beat_at = monotonic()

    def _handle_block(self, seconds: float, *, named: bool) -> None:
        """
        Name what blocks the loop; stop it once its own time or ``MAX_BLOCK`` is over, and leave the loop where that has
        no effect. The time of the other handlers ends meanwhile as if the loop turned.
        """
        label = self._current_label()
        if not named:
            fields = {**(label or {"execution": None, "node": None, "type": None}), "seconds": seconds}
            text = (
                "Execution %(execution)s, node %(node)s: the handler of %(type)s has blocked the event loop for"
                " %(seconds).1f s, and with it all async handlers of this process. Make it await, or a plain def."
            )
            log.warning(f"{text} It is at %(place)s.", {**fields, "place": self._place()}, extra=fields)
        blocking = next((call for call in list(self.calls) if call.label is label), None)
        deadline = blocking.deadline if blocking else inf
        late = max(monotonic() - deadline, seconds - MAX_BLOCK)
        if late > 0 and blocking is not None:
            blocking.is_blocking = blocking.is_blocking or monotonic() < deadline
        self._end_late(blocking)
        if late > ABANDON_AFTER:
            if blocking is not None:
                blocking.end(None, LoopBlocked() if blocking.is_blocking else CallTimeout())
            self._end("The event loop of handlers is blocked and was left; the %d handlers on it are run again.")
            self.loop.call_soon_threadsafe(self.loop.stop)
        elif late > 0 and blocking is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(GivenUp))

    def _end_late(self, blocking: _Call | None) -> None:
        """End calls whose time was over some time ago: on a loop that does not turn, no timer does."""
        before = monotonic() - CLEANUP
        for call in list(self.calls):
            if call is not blocking and call.deadline < before:
                call.end(None, CallTimeout())

    def _current_label(self) -> Label | None:
        task = asyncio.current_task(self.loop)
        return self._labels.get(task) if task is not None else None

    def _place(self) -> str:
        frame = read_frames().get(self.ident or 0)
        if frame is None:
            return "an unknown place"
        last = traceback.extract_stack(frame)[-1]
        return f"{last.filename}:{last.lineno} in {last.name}"

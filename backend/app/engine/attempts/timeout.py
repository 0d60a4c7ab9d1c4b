"""Calls with a timeout: each runs in a thread of its own, which is abandoned when it takes too long."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any


class CallTimeout(Exception):
    """The call took too long. Its thread is stopped at its next bytecode, and its result is dropped."""


class GivenUp(BaseException):
    """Raised inside an abandoned thread, at its next bytecode."""


#: Where a call puts its result or its error.
Box = SimpleQueue[tuple[Any, BaseException | None]]


class _Runner(threading.Thread):
    """A thread that runs one call after another for one caller."""

    def __init__(self) -> None:
        super().__init__(name="handler", daemon=True)
        self.inbox: SimpleQueue[tuple[Callable[[], Any], Box] | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while (job := self.inbox.get()) is not None:
            call, box = job
            try:
                box.put((call(), None))
            except BaseException as error:  # even SystemExit ends only the call that raised it
                box.put((None, error))
            del job, call, box

    def give_up(self) -> None:
        """Stop after this call; sooner if it runs Python code. A call that blocks in C ends by itself."""
        self.inbox.put(None)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(GivenUp))


_mine = threading.local()


def call_with_timeout(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what ``call`` returns. Raises CallTimeout after ``seconds``, and what ``call`` raises."""
    runner: _Runner | None = getattr(_mine, "runner", None)
    if runner is None or not runner.is_alive():
        runner = _mine.runner = _Runner()
    box: Box = SimpleQueue()
    runner.inbox.put((call, box))
    try:
        answer, error = box.get(timeout=min(seconds, threading.TIMEOUT_MAX))
    except Empty:
        _mine.runner = None
        runner.give_up()
        raise CallTimeout from None
    if error is not None:
        raise error
    return answer

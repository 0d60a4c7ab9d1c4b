"""Stops a thread at any place at which Python lets another thread stop it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType

from app.engine.deadlines import GivenUp


class StopAfter:
    """A profile function that raises GivenUp after so many calls."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        # These are where the interpreter looks for exceptions that another thread has set.
        if event in ("call", "c_return"):
            self.left -= 1
            if self.left == 0:
                raise GivenUp


def stop_everywhere(call: Callable[[], object], check: Callable[[], object]) -> int:
    """
    Stop a call at its first place, then at its second, and so on; return how many it has.

    Each is followed by ``check``, on a thread of its own, which waits for ever where a lock is left.
    """
    for calls in count(1):
        stop = StopAfter(calls)
        try:
            sys.setprofile(stop)
            call()
        except GivenUp:
            pass
        finally:
            sys.setprofile(None)
        run_on_thread(check)
        if stop.left > 0:
            return calls - 1
    raise AssertionError


def run_on_thread(check: Callable[[], object], seconds: float = 20) -> None:
    """Run a check on a thread of its own; fail where it raises, or does not end in time."""
    errors: list[BaseException | None] = []

    def run() -> None:
        try:
            check()
            errors.append(None)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert errors, f"It has not ended after {seconds:g} s."
    if errors[0] is not None:
        raise errors[0]

"""Stops a thread at any place at which Python lets another thread stop it."""

from __future__ import annotations

import sys
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
    """Stop a call at its first place, its second, and so on, each followed by ``check``; returns how many it has."""
    for calls in count(1):
        stop = StopAfter(calls)
        try:
            sys.setprofile(stop)
            call()
        except GivenUp:
            pass
        finally:
            sys.setprofile(None)
        check()
        if stop.left > 0:
            return calls - 1
    raise AssertionError

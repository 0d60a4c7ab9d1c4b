"""How a call ends whose time is over."""

from __future__ import annotations


class CallTimeout(Exception):
    """The call took too long; its result is dropped."""


class GivenUp(BaseException):
    """Raised inside a call whose time is over, at its next bytecode."""

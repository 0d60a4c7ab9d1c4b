"""The seed's way to wait: a handler asks for ``__RESUME_AFTER__`` with a countdown, then answers ``halted=True``."""

from __future__ import annotations

import threading

#: The word in an ``execute_node`` message that says: what this node waits for has come.
RESUME_AFTER = "__RESUME_AFTER__"

_handler = threading.local()


def capture_request(execution_id: str, node_id: str) -> None:
    """From here on this thread runs that node's handler."""
    _handler.step = (execution_id, node_id)
    _handler.countdown = None


def request_resumption(execution_id: str, node_id: str, countdown: float) -> bool:
    """
    Note that the handler on this thread wants to be resumed; False where it is not that node's.

    The wish becomes the step's due time, so that it survives the loss of any message.
    """
    if getattr(_handler, "step", None) != (execution_id, node_id):
        return False
    _handler.countdown = max(0.0, countdown)
    return True


def take_request() -> float | None:
    """Seconds after which the handler that has just answered wants to be resumed; None: it did not ask."""
    countdown: float | None = _handler.countdown
    _handler.step = None
    return countdown

"""Resume a handler by Celery's countdown: it sends ``__RESUME_AFTER__``, then returns ``halted=True``."""

from __future__ import annotations

import threading

#: The argument of an ``execute_node`` message that resumes a waiting node.
RESUME_AFTER = "__RESUME_AFTER__"

_handler = threading.local()


def capture_request(execution_id: str, node_id: str) -> None:
    """Note that this thread runs that node's handler from now on."""
    _handler.step = (execution_id, node_id)
    _handler.countdown = None


def request_resumption(execution_id: str, node_id: str, countdown: float) -> bool:
    """
    Note that the handler on this thread is to be resumed; False if the thread runs another node.

    The countdown (seconds) becomes the step's due time, so that no lost message can lose it.
    """
    if getattr(_handler, "step", None) != (execution_id, node_id):
        return False
    _handler.countdown = max(0.0, countdown)
    return True


def take_request() -> float | None:
    """Return and forget the seconds after which the handler is to be resumed; None if it did not ask."""
    countdown: float | None = _handler.countdown
    _handler.step = None
    return countdown

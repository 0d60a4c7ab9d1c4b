"""Resume a handler by Celery's countdown: it sends ``__RESUME_AFTER__``, then returns ``halted=True``."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

#: The argument of an ``execute_node`` message that resumes a waiting node.
RESUME_AFTER = "__RESUME_AFTER__"


@dataclass
class ResumeRequest:
    """The step whose handler runs, and the seconds after which it asked to be resumed; None: it did not ask."""

    execution_id: str
    node_id: str
    countdown: float | None = None


#: The request of the handler that this thread or this task runs, and that tasks which it creates share.
_running: ContextVar[ResumeRequest | None] = ContextVar("running_handler", default=None)


def capture_request(execution_id: str, node_id: str) -> ResumeRequest:
    """Note that this thread or this task runs that node's handler from now on."""
    request = ResumeRequest(execution_id, node_id)
    _running.set(request)
    return request


def request_resumption(execution_id: str, node_id: str, countdown: float) -> bool:
    """
    Note that the running handler is to be resumed; False if this thread or this task runs another node.

    The countdown (seconds) becomes the step's due time, so that no lost message can lose it.
    """
    request = _running.get()
    if request is None or (request.execution_id, request.node_id) != (execution_id, node_id):
        return False
    request.countdown = max(0.0, countdown)
    return True


def release_request() -> None:
    """Note that this thread or this task runs no handler any more."""
    _running.set(None)

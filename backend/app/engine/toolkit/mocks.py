"""Services that are simulated: an answer after a while, without anybody being asked."""

from __future__ import annotations

from random import uniform
from typing import Any

from app.engine.registry import HandlerResult

#: Seconds that a simulated service takes, at least and at most.
LATENCY = (1.0, 2.0)


def is_simulated(mock: Any, otherwise: bool) -> bool:
    """``mock`` is what a node says of itself: true and false decide, null leaves it to the deployment."""
    return mock if isinstance(mock, bool) else otherwise


def is_answer(mock: Any) -> bool:
    """True where a node's ``mock`` is the value to answer with."""
    return mock is not None and not isinstance(mock, bool)


def delayed_result(result: Any) -> HandlerResult:
    """The result once the service would have answered; no worker waits for that."""
    return HandlerResult(result=result, halted=True, resume_in=uniform(*LATENCY))

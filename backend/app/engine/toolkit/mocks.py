"""Simulated services: an answer after a delay, without a call."""

from __future__ import annotations

from random import uniform
from typing import Any

from app.engine.registry import HandlerResult

#: The description of the field ``mock`` in a node's data.
MOCK = "true: simulate; false: really call; any other value is the response. Left out: as ENVIRONMENT is set."
#: Seconds that a simulated service takes, at least and at most.
LATENCY = (1.0, 2.0)


def is_simulated(mock: Any, otherwise: bool) -> bool:
    """True and false in a node's ``mock`` decide; null leaves it to the deployment."""
    return mock if isinstance(mock, bool) else otherwise


def is_mock_response(mock: Any) -> bool:
    """True if a node's ``mock`` is itself the response."""
    return mock is not None and not isinstance(mock, bool)


def delayed_result(result: Any) -> HandlerResult:
    """The result after the time that a service would take, during which no worker waits."""
    return HandlerResult(result=result, halted=True, resume_in=uniform(*LATENCY))

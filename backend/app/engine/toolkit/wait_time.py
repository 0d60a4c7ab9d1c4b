"""``max_wait_time`` in a node's data: how long a step waits for an event, a decision or its children."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.graph.durations import parse_seconds
from app.logic.templates import is_template


def max_wait_seconds(value: Any) -> float | None:
    """The time in seconds; None if it has no limit. Raises ValueError."""
    if value is None or value == "":
        return None
    found = parse_seconds(value)
    if not found:
        raise ValueError("max_wait_time is 0; it must be greater than 0")
    return found


def _check_wait(value: Any) -> Any:
    return value if is_template(value) else max_wait_seconds(value)


#: A field of a node's data.
MaxWaitTime = Annotated[
    Any,
    AfterValidator(_check_wait),
    Field(description='Seconds, or a text like "3d", then the handle timeout is taken.'),
]

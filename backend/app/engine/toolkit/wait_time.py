"""How long a step may wait for what others do: ``max_wait_time`` in a node's data."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.graph.durations import parse_seconds
from app.logic.templates import is_template


def max_wait_seconds(value: Any) -> float | None:
    """Seconds; None: for ever. Raises ValueError."""
    if value is None or value == "":
        return None
    found = parse_seconds(value)
    if not found:
        raise ValueError("max_wait_time is 0; it must be longer")
    return found


def _checked(value: Any) -> Any:
    return value if is_template(value) else max_wait_seconds(value)


#: A field of a node's data.
MaxWaitTime = Annotated[
    Any, AfterValidator(_checked), Field(description='Seconds, or a text like "3d", after which it is too late.')
]

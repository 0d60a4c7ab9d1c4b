"""The limit on the executions that one execution may lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.storage.walk.records import FAN_OUT, FAN_OUT_AGAIN, Record

#: The type of the error of a step that would go past the limit.
TOO_MANY = "TooManyDescendants"
#: How many executions a fan-out of so many items starts, by the kind of its record.
_TOTALS: Mapping[str, Callable[[int], int]] = {
    FAN_OUT: lambda total: total,
    FAN_OUT_AGAIN: lambda total: min(total, 1),
}


def planned_children(records: Sequence[Record]) -> int:
    """
    Return how many executions the fan-outs among these records start.

    Another attempt keeps children that have completed, so that only one is sure to be new.
    """
    return sum(_TOTALS[record.kind](record.values["total"]) for record in records if record.kind in _TOTALS)


def describe_excess(node_id: str, root_id: str, number: int, most: int) -> str:
    """Return the message of a step that would go past the limit: ``number`` is what the root would have."""
    return (
        f"Node {node_id} would start more executions than one may lead to: execution {root_id} would have {number:,}"
        f" descendants, and MAX_DESCENDANTS allows {most:,}."
    )

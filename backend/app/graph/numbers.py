"""Whole numbers within limits, as documents and filled templates have them."""

from __future__ import annotations

from typing import Any

from app.graph.names import quote


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """
    The value as an int from ``low`` to ``high``; 2.0 is 2, as JSON has one type of number, and true is not a number.

    Raises ValueError with a sentence that names ``name``, the value and the limits.
    """
    if is_whole(value) and low <= value <= high:
        return int(value)
    raise ValueError(f"{name} is {quote(value)}; it must be a whole number from {low:,} to {high:,}.")


def is_whole(value: Any) -> bool:
    """True for an int, and for a float without a fraction."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def from_digits(value: Any) -> Any:
    """The number that a text of up to nine digits spells, as filled templates give them; any other value unchanged."""
    is_number = isinstance(value, str) and len(value) < 10 and value.strip().isascii() and value.strip().isdecimal()
    return int(value) if is_number else value

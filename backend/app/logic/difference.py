"""The first difference between two JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from app.logic.pointer import child


class _Missing:
    """Stands for a value that is not there."""

    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()


class Difference(NamedTuple):
    """A place where two values differ, and what is there: a value, or ``MISSING``."""

    pointer: str
    a: Any
    b: Any


def find_difference(a: Any, b: Any) -> Difference | None:
    """Return the first difference, in the order of the first value's keys; None if the values are equal as JSON."""
    return next(_differences(a, b), None)


def _differences(a: Any, b: Any) -> Iterator[Difference]:
    """Yield the differences; a stack instead of recursion, because values may be nested deeply."""
    stack = [Difference("", a, b)]
    while stack:
        place = stack.pop()
        pointer, left, right = place
        if isinstance(left, dict) and isinstance(right, dict):
            keys = [*left, *(key for key in right if key not in left)]
            pairs = [(key, left.get(key, MISSING), right.get(key, MISSING)) for key in keys]
        elif isinstance(left, list) and isinstance(right, list):
            both = enumerate(zip_longest(left, right, fillvalue=MISSING))
            pairs = [(index, one, other) for index, (one, other) in both]
        elif left is right or (left == right and isinstance(left, bool) == isinstance(right, bool)):
            continue
        else:
            yield place
            continue
        stack += [Difference(child(pointer, key), one, other) for key, one, other in reversed(pairs)]

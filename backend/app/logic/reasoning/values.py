"""
The kinds of values that a path can have, as far as some comparisons can tell them apart.

The kinds cover every JSON value, so that what holds for none of them holds for no event. A few of them no value has,
such as a text between two others that is also a certain number: then less is found out, and nothing wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from app.logic.coercion import double, to_number
from app.logic.evaluation import Evaluation
from app.logic.reasoning.formula import Comparison

#: More constants than this on one path are not reasoned about.
MAX_CONSTANTS = 40


@dataclass(frozen=True)
class Kind:
    """Values that no comparison can tell apart."""

    type: Literal["null", "boolean", "number", "text", "compound"]
    #: The value as a number, as comparisons coerce it.
    number: float
    #: The place of its text among the texts of the rule: odd for one of them, even for the texts between two.
    place: int
    is_true: bool
    #: One such value; None if none is known, or if it is null.
    sample: Any = None


class Kinds:
    """The kinds of values for the comparisons of one path."""

    def __init__(self, comparisons: Iterable[Comparison]) -> None:
        constants = [constant for comparison in comparisons for constant in _constants(comparison)]
        self.texts = sorted({"", "[object Object]", *(c for c in constants if isinstance(c, str))}, key=_order)
        self.keys = [_order(text) for text in self.texts]
        self.is_known = len(constants) <= MAX_CONSTANTS
        numbers = {float(number) for c in constants if math.isfinite(number := to_number(c, Evaluation()))}
        self.numbers = _line(sorted(numbers | {0.0, 1.0}))

    def place(self, text: str) -> int:
        """The place of a text of the rule."""
        return 2 * bisect_left(self.keys, _order(text)) + 1

    def all(self) -> Iterator[Kind]:
        """Every kind, those that people would expect first."""
        for number in self.numbers:
            yield Kind("number", number, -1, number != 0 and number == number, _tidy(number))
        yield Kind("number", math.nan, -1, False)
        yield from self.of_texts("text")
        yield Kind("boolean", 1, -1, True, True)
        yield Kind("boolean", 0, -1, False, False)
        yield Kind("null", 0, -1, False)
        yield from self.of_texts("compound")

    def of_texts(self, type: Literal["text", "compound"]) -> Iterator[Kind]:
        """Texts, or lists and objects, which comparisons turn into texts."""
        for index, text in enumerate(self.texts):
            number = float(min(max(to_number(text, Evaluation()), -math.inf), math.inf))
            is_text = type == "text"
            yield Kind(type, number, 2 * index + 1, text != "" or not is_text, text if is_text else None)
            if not is_text and text == "":
                yield Kind(type, number, 2 * index + 1, False, [])
        for index in range(len(self.texts) + 1):
            for number in (math.nan, *self.numbers):
                sample = self.between(index) if type == "text" and math.isnan(number) else None
                yield Kind(type, number, 2 * index, True, sample)

    def between(self, index: int) -> str | None:
        """A text between two texts of the rule that is not a number; None if none is found."""
        text = f"{self.texts[index - 1]}a" if index else ""
        is_free = index and (index == len(self.texts) or _order(text) < self.keys[index])
        return text if is_free and math.isnan(to_number(text, Evaluation())) else None

    def holds(self, comparison: Comparison, kind: Kind) -> bool:
        """True if the values of a kind fulfil a comparison."""
        op, constant = comparison.op, comparison.constant
        if op == "truthy":
            return kind.is_true
        if op == "absent":
            return kind.type == "null" or (kind.type == "text" and not kind.is_true)
        if op == "in":
            return any(self.is_same(kind, member) for member in constant)
        if op == "===":
            return self.is_same(kind, constant)
        if op == "==":
            return self.is_equal(kind, constant)
        return self.is_ordered(op, kind, constant)

    def is_same(self, kind: Kind, constant: Any) -> bool:
        """``===``."""
        if constant is None:
            return kind.type == "null"
        if isinstance(constant, str):
            return kind.type == "text" and kind.place == self.place(constant)
        type = "boolean" if isinstance(constant, bool) else "number"
        return kind.type == type and kind.number == double(constant)

    def is_equal(self, kind: Kind, constant: Any) -> bool:
        """``==``."""
        if constant is None or kind.type == "null":
            return constant is None and kind.type == "null"
        if isinstance(constant, str) and kind.type in ("text", "compound"):
            return kind.place == self.place(constant)
        return bool(kind.number == to_number(constant, Evaluation()))

    def is_ordered(self, op: str, kind: Kind, constant: Any) -> bool:
        """``<``, ``<=``, ``>`` and ``>=``."""
        left: float = kind.number
        right: float = to_number(constant, Evaluation())
        if isinstance(constant, str) and kind.type in ("text", "compound"):
            left, right = kind.place, self.place(constant)
        if op == "<":
            return bool(left < right)
        if op == "<=":
            return bool(left <= right)
        return bool(left > right) if op == ">" else bool(left >= right)


def _constants(comparison: Comparison) -> Sequence[Any]:
    return comparison.constant if comparison.op == "in" else (comparison.constant,)


def _order(text: str) -> bytes:
    """The key by which JavaScript orders texts."""
    return text.encode("utf-16-be", "surrogatepass")


def _line(numbers: list[float]) -> list[float]:
    """A number below, between and above these, and the numbers themselves."""
    # Halved first: the sum of two large numbers is infinite.
    between = [low / 2 + high / 2 for low, high in pairwise(numbers)]
    outside = [numbers[0] - max(1.0, abs(numbers[0])), numbers[-1] + max(1.0, abs(numbers[-1]))]
    return sorted({*numbers, *between, *outside, -math.inf, math.inf})


def _tidy(number: float) -> Any:
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number

"""The operators that are functions of their evaluated arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import RuleFailed
from app.logic.coercion import (
    Number,
    at_most,
    less_than,
    loosely_equal,
    parse_float,
    strictly_equal,
    tidy,
    to_integer,
    to_number,
    to_text,
    truthy,
    utf16,
)
from app.logic.evaluation import UNDEFINED, Evaluation


@dataclass(frozen=True)
class Operator:
    """An operator: its function, its arguments and its result."""

    #: Called with the evaluation, then the values of the arguments.
    function: Callable[..., Any]
    #: Arguments past this number are ignored; ``None`` takes them all.
    arity: int | None = None
    #: True if the result is always true or false.
    boolean: bool = False
    #: True if the result is a new list or text.
    builds: bool = False


def _equal(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return loosely_equal(a, b, work)


def _not_equal(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return not loosely_equal(a, b, work)


def _identical(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return strictly_equal(a, b)


def _not_identical(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return not strictly_equal(a, b)


def _greater(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return less_than(b, a, work)


def _at_least(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> bool:
    return at_most(b, a, work)


def _less(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED, c: Any = UNDEFINED) -> bool:
    return less_than(a, b, work) and (c is UNDEFINED or less_than(b, c, work))


def _at_most(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED, c: Any = UNDEFINED) -> bool:
    return at_most(a, b, work) and (c is UNDEFINED or at_most(b, c, work))


def _is_true(work: Evaluation, value: Any = UNDEFINED) -> bool:
    return truthy(value)


def _is_false(work: Evaluation, value: Any = UNDEFINED) -> bool:
    return not truthy(value)


def _same(work: Evaluation, value: Any = UNDEFINED) -> Any:
    return value


def is_in(work: Evaluation, needle: Any = UNDEFINED, haystack: Any = UNDEFINED) -> bool:
    """True if the haystack has this text, or this element."""
    if isinstance(haystack, str):
        work.spend_text(len(haystack))
        return bool(haystack) and to_text(needle, work) in haystack
    if not isinstance(haystack, (list, tuple)):
        return False
    work.spend(len(haystack))
    return any(strictly_equal(needle, item) for item in haystack)


def _cat(work: Evaluation, *values: Any) -> str:
    parts = ["" if value is None or value is UNDEFINED else to_text(value, work) for value in values]
    work.spend_text(sum(map(len, parts)))
    return "".join(parts)


def _substr(work: Evaluation, source: Any = UNDEFINED, start: Any = UNDEFINED, length: Any = UNDEFINED) -> str:
    text = to_text(source, work)
    units = 1 if text.isascii() else 2
    whole: Any = text if units == 1 else utf16(text, work)
    size = len(whole) // units
    first = to_integer(start, work)
    first = min(first, size) if first >= 0 else max(size + first, 0)
    last = first + min(max(_substr_length(work, length, size - first), 0), size - first)
    part = whole[first * units : last * units]
    return str(part) if units == 1 else str(part.decode("utf-16-le", "surrogatepass"))


def _substr_length(work: Evaluation, length: Any, rest: int) -> int:
    """The length; a negative one removes characters from the end, if it is a number."""
    if length is UNDEFINED:
        return rest
    if less_than(length, 0, work):
        return to_integer(rest + length, work) if isinstance(length, (int, float)) else 0
    return to_integer(length, work)


def _add(work: Evaluation, *values: Any) -> Number:
    total = 0.0
    for value in values:
        total += parse_float(value, work)
    return tidy(total)


def _multiply(work: Evaluation, *values: Any) -> Any:
    if not values:
        raise RuleFailed("The operator '*' needs at least one argument.")
    if len(values) == 1:
        return values[0]
    product = 1.0
    for value in values:
        product *= parse_float(value, work)
    return tidy(product)


def _subtract(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> Number:
    if b is UNDEFINED:
        return tidy(-float(to_number(a, work)))
    return tidy(float(to_number(a, work)) - to_number(b, work))


def _divide(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> Number:
    dividend, divisor = float(to_number(a, work)), float(to_number(b, work))
    if divisor:
        return tidy(dividend / divisor)
    if not dividend or dividend != dividend:
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def _modulo(work: Evaluation, a: Any = UNDEFINED, b: Any = UNDEFINED) -> Number:
    dividend, divisor = float(to_number(a, work)), float(to_number(b, work))
    if not divisor or math.isinf(dividend):
        return math.nan
    return tidy(math.fmod(dividend, divisor))


def _signed(number: Number) -> tuple[Number, float]:
    """A key for comparisons, in which -0 is less than 0, as in JavaScript."""
    return number, math.copysign(1, number)


def _min(work: Evaluation, *values: Any) -> Number:
    numbers = [to_number(value, work) for value in values]
    return math.nan if any(number != number for number in numbers) else min(numbers, key=_signed, default=math.inf)


def _max(work: Evaluation, *values: Any) -> Number:
    numbers = [to_number(value, work) for value in values]
    return math.nan if any(number != number for number in numbers) else max(numbers, key=_signed, default=-math.inf)


def _merge_lists(work: Evaluation, *values: Any) -> list[Any]:
    merged: list[Any] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            work.spend(len(value))
            merged.extend(value)
        else:
            merged.append(None if value is UNDEFINED else value)
    return merged


EAGER: Mapping[str, Operator] = {
    "==": Operator(_equal, 2, boolean=True),
    "!=": Operator(_not_equal, 2, boolean=True),
    "===": Operator(_identical, 2, boolean=True),
    "!==": Operator(_not_identical, 2, boolean=True),
    "<": Operator(_less, 3, boolean=True),
    "<=": Operator(_at_most, 3, boolean=True),
    ">": Operator(_greater, 2, boolean=True),
    ">=": Operator(_at_least, 2, boolean=True),
    "!": Operator(_is_false, 1, boolean=True),
    "!!": Operator(_is_true, 1, boolean=True),
    "in": Operator(is_in, 2, boolean=True),
    "log": Operator(_same, 1),
    "cat": Operator(_cat, builds=True),
    "substr": Operator(_substr, 3, builds=True),
    "+": Operator(_add),
    "-": Operator(_subtract, 2),
    "*": Operator(_multiply),
    "/": Operator(_divide, 2),
    "%": Operator(_modulo, 2),
    "min": Operator(_min),
    "max": Operator(_max),
    "merge": Operator(_merge_lists, builds=True),
}

"""JavaScript's coercions, on which the results of json-logic-js depend."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from app.logic.evaluation import UNDEFINED, Evaluation

Number = int | float

#: The largest integer that JavaScript represents exactly; larger ones are rounded to a double.
SAFE_INTEGER = 2**53 - 1

_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_RADIX = re.compile(r"0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))")
_BASES = {"x": 16, "o": 8, "b": 2}


def truthy(value: Any) -> bool:
    """JSONLogic's truth: JavaScript's, but an empty array is false."""
    if value is None or value is UNDEFINED:
        return False
    if isinstance(value, float):
        return value == value and value != 0
    return bool(value) if isinstance(value, (int, str, list, tuple)) else True


def is_object(value: Any) -> bool:
    """True for arrays, objects, and values that are not JSON, which operators of the deployment may return."""
    return not isinstance(value, (str, int, float)) and value is not None and value is not UNDEFINED


def double(value: Number) -> Number:
    """A number as JavaScript stores it: a double beyond the safe integers, infinity beyond the doubles."""
    if isinstance(value, float) or -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def tidy(value: float) -> Number:
    """The result of a calculation: 3 rather than 3.0."""
    if value.is_integer() and -SAFE_INTEGER <= value <= SAFE_INTEGER and (value or math.copysign(1, value) > 0):
        return int(value)
    return value


def to_number(value: Any, evaluation: Evaluation) -> Number:
    """JavaScript's ``Number(value)``."""
    if isinstance(value, (int, float)):
        return double(value) if value is not True and value is not False else int(value)
    if isinstance(value, str):
        return _text_to_number(value, evaluation)
    if isinstance(value, (list, tuple)):
        return _text_to_number(to_text(value, evaluation), evaluation)
    return 0 if value is None else math.nan


def _text_to_number(text: str, evaluation: Evaluation) -> Number:
    evaluation.spend_text(len(text))
    text = text.strip(_SPACE)
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return tidy(float(text))
    radix = _RADIX.fullmatch(text)
    if radix and radix.lastgroup:
        return double(int(radix[radix.lastgroup], _BASES[radix.lastgroup]))
    return math.nan


def parse_float(value: Any, evaluation: Evaluation) -> Number:
    """JavaScript's ``parseFloat(value)``: the number that the text starts with."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return double(value) or abs(value)
    text = to_text(value, evaluation)
    evaluation.spend_text(len(text))
    start = _DECIMAL.match(text.lstrip(_SPACE))
    return tidy(float(start[0])) if start else math.nan


def to_integer(value: Any, evaluation: Evaluation) -> int:
    """JavaScript's ``ToIntegerOrInfinity``, with a very large number for infinity."""
    number = to_number(value, evaluation)
    if number != number:
        return 0
    return int(max(min(number, SAFE_INTEGER), -SAFE_INTEGER))


def to_text(value: Any, evaluation: Evaluation) -> str:
    """JavaScript's ``String(value)``, without regard to a key ``toString`` of an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return _join_elements(value, evaluation)
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    if value is True or value is False:
        return "true" if value else "false"
    return number_text(value) if isinstance(value, (int, float)) else "[object Object]"


def number_text(value: Number) -> str:
    """A number as JavaScript writes it."""
    value = double(value)
    if isinstance(value, int):
        return str(int(value))
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return re.sub(r"e([+-])0", r"e\1", repr(value))


def _join_elements(array: list[Any] | tuple[Any, ...], evaluation: Evaluation) -> str:
    """``array.join(",")``; inner arrays are joined too, so the result is a flat list of the leaves."""
    leaves: list[str] = []
    pending: list[Any] = [array]
    while pending:
        value = pending.pop()
        if isinstance(value, (list, tuple)) and value:
            evaluation.spend(len(value))
            pending.extend(reversed(value))
        else:
            leaves.append("" if value is None or isinstance(value, (list, tuple)) else to_text(value, evaluation))
    evaluation.spend_text(sum(map(len, leaves)))
    return ",".join(leaves)


def is_numeric_text(value: Any) -> bool:
    """True for a text that a comparison with a number reads as a finite number; not for an empty one."""
    return isinstance(value, str) and bool(value.strip()) and math.isfinite(to_number(value, Evaluation()))


def loosely_equal(a: Any, b: Any, evaluation: Evaluation) -> bool:
    """JavaScript's ``a == b``."""
    if a is None or a is UNDEFINED or b is None or b is UNDEFINED:
        return (a is None or a is UNDEFINED) and (b is None or b is UNDEFINED)
    if is_object(a):
        if is_object(b):
            return a is b
        a = to_text(a, evaluation)
    elif is_object(b):
        b = to_text(b, evaluation)
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    return to_number(a, evaluation) == to_number(b, evaluation)


def strictly_equal(a: Any, b: Any) -> bool:
    """JavaScript's ``a === b``; arrays and objects are equal only to themselves."""
    if isinstance(a, str):
        return isinstance(b, str) and a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return isinstance(a, bool) == isinstance(b, bool) and double(a) == double(b)
    return a is b


def less_than(a: Any, b: Any, evaluation: Evaluation) -> bool:
    """JavaScript's ``a < b``."""
    left, right = _comparable(a, b, evaluation)
    return bool(left < right)


def at_most(a: Any, b: Any, evaluation: Evaluation) -> bool:
    """JavaScript's ``a <= b``."""
    left, right = _comparable(a, b, evaluation)
    return bool(left <= right)


def _comparable(a: Any, b: Any, evaluation: Evaluation) -> tuple[Any, Any]:
    """Both values as UTF-16 if both are texts, else as numbers."""
    a = to_text(a, evaluation) if is_object(a) else a
    b = to_text(b, evaluation) if is_object(b) else b
    if not (isinstance(a, str) and isinstance(b, str)):
        return to_number(a, evaluation), to_number(b, evaluation)
    if a.isascii() and b.isascii():
        return a, b
    return utf16(a, evaluation, order="big"), utf16(b, evaluation, order="big")


def utf16(text: str, evaluation: Evaluation, *, order: str = "little") -> bytes:
    """A text as JavaScript stores it, including lone surrogates."""
    evaluation.spend_text(len(text))
    return text.encode("utf-16-be" if order == "big" else "utf-16-le", "surrogatepass")

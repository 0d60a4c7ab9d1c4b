"""Decimal numbers that keep how they were written: a float forgets it, and ``1.10`` would come back as ``1.1``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

#: Writes a value without exact floats as JSON.
Encoder = Callable[[Any], str]
#: The types of values that are not exact floats and have none in them, which are most.
_OTHER_TYPES = frozenset({str, int, float, bool, type(None)})


class ExactFloat(float):
    """
    A float for all computing, which is written as the JSON number that it was read from.

    Text that a float cannot hold is not rounded on its way: ``0.1000000000000000055`` and ``12345678901234567890.5``
    stay what they were until something is computed from them.
    """

    #: The number as it was written.
    text: str

    def __new__(cls, text: str) -> ExactFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.text,)


def read_float(text: str) -> float:
    """The number of a JSON text with a fraction or an exponent; exact where a float would be written otherwise."""
    number = float(text)
    return number if repr(number) == text or not math.isfinite(number) else ExactFloat(text)


def write_json(value: Any, encode: Encoder) -> str:
    """The value as JSON by this encoder, with the text of each exact float in it."""
    try:
        is_exact = _has_exact_float(value)
    except RecursionError:
        is_exact = False
    return _encode(value, encode) if is_exact else encode(value)


def _has_exact_float(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_one_exact(value.values())
    return _is_one_exact(value) if isinstance(value, (list, tuple)) else isinstance(value, ExactFloat)


def _is_one_exact(items: Iterable[Any]) -> bool:
    return any(_has_exact_float(item) for item in items if type(item) not in _OTHER_TYPES)


def _encode(value: Any, encode: Encoder) -> str:
    if isinstance(value, ExactFloat):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write_key(key, encode)}:{_encode(item, encode)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_encode(item, encode) for item in value) + "]"
    return encode(value)


def _write_key(key: Any, encode: Encoder) -> str:
    """The key as the encoder writes the keys of an object: 1 as "1"."""
    return encode({key: None}).rpartition(":")[0][1:]

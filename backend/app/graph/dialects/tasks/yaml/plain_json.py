"""Texts that are JSON already: the YAML parser refuses some of them, for example escaped surrogate pairs."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any, NoReturn

from app.logic.exact_float import read_float


class NotPlainJson(Exception):
    """A text that is not an object in JSON, or that has a fault whose line only the YAML reader finds."""


def read_plain_json(text: str, *, verbatim: Collection[str], max_depth: int) -> dict[str, Any]:
    """The object that a text is in JSON. Raises NotPlainJson, also where a key of ``verbatim`` has a number."""
    if not text.lstrip().startswith("{"):
        raise NotPlainJson
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_read_float)
        if _depth(value) > max_depth or any(isinstance(value.get(key), (int, float)) for key in verbatim):
            raise NotPlainJson
    except (ValueError, RecursionError):
        raise NotPlainJson from None
    return dict(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotPlainJson
    return found


def _refuse(constant: str) -> NoReturn:
    raise NotPlainJson


def _read_float(text: str) -> float:
    number = read_float(text)
    if not math.isfinite(number):
        raise NotPlainJson
    return number


def _depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(_depth, parts), default=0)

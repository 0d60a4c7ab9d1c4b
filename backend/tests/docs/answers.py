"""Compare an answer that a page shows with a real one: ids, times and ports may differ, and ``…`` is any text."""

from __future__ import annotations

import json
import re
from typing import Any

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00"
#: Parts of a text that differ from run to run.
_VARIABLE = re.compile(rf"(?P<id>{_ID})|(?P<time>{_TIME})|(?P<port>(?<=localhost:)\d+)|(?P<any>\s?…)")
_PATTERNS = {"id": _ID, "time": _TIME, "port": r"\d+", "any": r".*"}


def is_like(shown: Any, real: Any) -> bool:
    """True if a JSON value has everything that the page shows; it may have further keys."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(key in real and is_like(value, real[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return isinstance(real, list) and len(shown) == len(real) and all(map(is_like, shown, real))
    if isinstance(shown, str):
        return isinstance(real, str) and is_text_like(shown, real)
    return type(shown) is type(real) and bool(shown == real)


def is_text_like(shown: str, real: str) -> bool:
    """True if the lines are the same, apart from white space and from what differs from run to run."""
    lines, found = ([" ".join(line.split()) for line in text.strip().splitlines()] for text in (shown, real))
    return len(lines) == len(found) and all(map(_is_line_like, lines, found))


def values_in(text: str) -> list[Any]:
    """
    The JSON values in a text, one after the other; an ``…`` between the members of one is left out.

    Raises ValueError for anything else.
    """
    text = re.sub(r",\s*…\s*(?=[}\]])|(?<=[{\[])\s*…\s*(?=[}\]])", "", text).strip()
    values, decoder = [], json.JSONDecoder()
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values


def _is_line_like(shown: str, real: str) -> bool:
    parts, end = [], 0
    for found in _VARIABLE.finditer(shown):
        parts += [re.escape(shown[end : found.start()]), _PATTERNS[found.lastgroup or "any"]]
        end = found.end()
    return re.fullmatch("".join([*parts, re.escape(shown[end:])]), real) is not None

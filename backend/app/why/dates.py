"""Dates in texts."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?", re.DOTALL)
_OTHER = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?:[ ,T].*)?|\d{4}/\d{1,2}/\d{1,2}(?:[ ,T].*)?", re.DOTALL)
_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},? )?(?:\d{1,2}\.? [A-Za-z]{3,9}\.?,? \d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})(?:[ ,T].*)?",
    re.DOTALL,
)
_DIGIT = re.compile(r"\d")


def is_date(text: object) -> bool:
    """True for a text that is written as a date, with or without a time."""
    if not isinstance(text, str) or not 6 <= len(text) <= 40:
        return False
    return any(pattern.fullmatch(text) for pattern in (_ISO, _OTHER, _NAMED))


def shape_of(text: str) -> str:
    """The form of a date, the same for all dates that texts order correctly: ``9999-99-99``."""
    return _DIGIT.sub("9", text)


def orders_as_text(first: str, second: str) -> bool:
    """
    True if two dates are ordered as texts as they are in time.

    Both are ISO, with as many digits and the same zone; or one is a day, and the other a time of another day.
    """
    if _ISO.fullmatch(first) is None or _ISO.fullmatch(second) is None:
        return False
    if shape_of(first) == shape_of(second):
        return _zone(first) == _zone(second)
    is_padded = shape_of(first)[:10] == shape_of(second)[:10] == "9999-99-99"
    return is_padded and 10 in (len(first), len(second)) and first[:10] != second[:10]


def _zone(text: str) -> str:
    found = re.search(r"(?:Z|[+-]\d{2}:?\d{2})$", text[10:])
    return found[0] if found else ""


def day_of(text: str) -> date | None:
    """The day of a date that can be read in one way only: year, month, day."""
    found = _ISO.fullmatch(text) or re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ ,T].*)?", text, re.DOTALL)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None

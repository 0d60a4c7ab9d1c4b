"""The values that a comparison accepts, nearest first."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.logic.coercion import double, is_numeric_text, to_number
from app.logic.evaluation import Evaluation
from app.why.dates import day_of, is_date
from app.why.flips.changes import ANY_TEXT, other_text

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)(.*)", re.DOTALL)
#: Members of a list that are offered.
_MEMBERS = 3


def beyond(bound: Any, *, up: bool, strict: bool) -> list[Any]:
    """The nearest value above a bound, or below it: 76 above 75, the next day of a date; the bound if not strict."""
    if isinstance(bound, str):
        return _beyond_text(bound, up=up, strict=strict)
    number = to_number(bound, Evaluation())
    if not math.isfinite(number):
        return []
    return [_stepped(number, 1 if up else -1) if strict else number]


def _stepped(number: int | float, direction: int) -> int | float:
    """The next number of as many decimals: 76 after 75, 0.6 after 0.5."""
    if isinstance(number, int) or number.is_integer():
        return int(number) + direction
    exponent = Decimal(repr(number)).as_tuple().exponent
    step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return float(Decimal(repr(number)) + direction * step)


def _beyond_text(bound: str, *, up: bool, strict: bool) -> list[Any]:
    if not strict:
        return [bound]
    found = _DATE.match(bound)
    if found:
        try:
            moved = date.fromisoformat(found[1]) + timedelta(days=1 if up else -1)
            return [f"{moved.isoformat()}{found[2]}"]
        except (ValueError, OverflowError):
            pass
    if is_date(bound):
        # The next day of a date that is written in another form is not its next text.
        return []
    if is_numeric_text(bound):
        return [_stepped(to_number(bound, Evaluation()), 1 if up else -1)]
    return [f"{bound}a"] if up else [bound[:-1]] if bound else []


_IN_TEXT = re.compile(r"[^\d.,-]*(-?\d[\d.,]*)[^\d.,]*")


def number_in(text: str) -> int | float | None:
    """The number that a text means to people: 1500 in "1,500", 15.5 in "15,50 €"; None if that is not certain."""
    found = _IN_TEXT.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].rstrip(".,")
    for thousands, decimal in ((",", "."), (".", ",")):
        if re.fullmatch(rf"-?\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?", digits) and (
            digits.count(thousands) > 1 or decimal in digits or thousands == ","
        ):
            digits = digits.replace(thousands, "").replace(decimal, ".")
            break
    else:
        digits = digits.replace(",", ".") if re.fullmatch(r"-?\d+,\d{1,2}", digits) else digits
    number = to_number(digits, Evaluation())
    return number if math.isfinite(number) else None


def words_of(text: str) -> list[str]:
    """The parts of a text that a reader takes for a list of values."""
    return [word for word in re.split(r"[\s,;|]+", text) if word]


def nearest_members(options: Sequence[Any], value: Any) -> list[Any]:
    """The members of a list that are nearest to a value, at most three."""
    return sorted(options, key=lambda option: distance(value, option))[:_MEMBERS]


def distance(before: Any, after: Any) -> float:
    """How far two values are from each other, from 0 to 1; values of different types are further."""
    if isinstance(before, str) is not isinstance(after, str) and _as_letters(before) == _as_letters(after):
        return 0.05
    if isinstance(before, bool) or isinstance(after, bool):
        return 0.5 if isinstance(before, bool) and isinstance(after, bool) else 1.0
    if isinstance(before, (int, float)) and isinstance(after, (int, float)):
        first, second = double(before), double(after)
        size = max(abs(first), abs(second), 1)
        return min(float(abs(first - second) / size), 1.0) if size < 1e300 else 1.0
    if isinstance(before, str) and isinstance(after, str):
        first_day, second_day = day_of(before), day_of(after)
        if first_day is not None and second_day is not None:
            return min(0.02 + abs((first_day - second_day).days) / 3_650, 1.0)
        if before.strip().casefold() == after.strip().casefold():
            return 0.01
        return 1 - difflib.SequenceMatcher(None, before[:100], after[:100]).ratio() * 0.9
    return 1.0 if type(before) is type(after) else 1.5


def _as_letters(value: Any) -> str:
    """The letters of a value: those of the text "true" are those of true."""
    return str(value).strip().casefold()


def in_form_of(dates: Sequence[Any], value: Any) -> list[Any]:
    """The same values, and before them their days with the time of day of another date: ``2026-12-02T09:30:00Z``."""
    if not isinstance(value, str) or not is_date(value) or not _DATE.match(value):
        return [*dates]
    days = [each for each in dates if isinstance(each, str) and len(each) == 10 and is_date(each)]
    return [*(f"{day}{value[10:]}" for day in days if value[10:]), *dates]


def other_than(value: Any) -> list[Any]:
    """Values that differ from one: the opposite of true, the next number, another text."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        number = double(value)
        return [_stepped(number, 1)] if math.isfinite(number) else [0]
    if isinstance(value, str):
        return [other_text(value)]
    return [ANY_TEXT]

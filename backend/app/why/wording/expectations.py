"""What a comparison asks for, in words: "more than 75", "one of "a", "b""."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.logic.clauses import Clause
from app.logic.coercion import is_numeric_text
from app.why.dates import is_date, orders_as_text
from app.why.wording.names import join_or, name_clause, show_other, show_value

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
_ORDER = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
_ORDER_OF_DATES = {"<": "a date before", "<=": "a date up to", ">": "a date after", ">=": "a date from"}
_ORDER_OF_TEXTS = {"<": "a text before", "<=": "a text up to", ">": "a text after", ">=": "a text from"}
_EQUALITY = frozenset({"==", "!=", "===", "!=="})
COMPARISONS = frozenset({*_ORDER, *_EQUALITY})


@dataclass(frozen=True)
class Expectation:
    """What a clause compares, and what it asks for."""

    subject: Clause
    #: As in "asks for …", and as in "is …", or "is not …" of its opposite.
    words: str
    opposite: str


def expect(clause: Clause) -> Expectation | None:
    """The expectation of a comparison or a membership; None for other clauses."""
    if clause.custom or not clause.args:
        return None
    if clause.op in _ORDER and len(clause.args) > 2 and clause.op in ("<", "<="):
        return _expect_between(clause)
    if clause.op in COMPARISONS and len(clause.args) > 1:
        return _expect_comparison(clause)
    if clause.op == "in" and len(clause.args) > 1:
        return _membership(clause)
    return None


def _expect_comparison(clause: Clause) -> Expectation:
    subject, other, op = clause.args[0], clause.args[1], clause.op
    if subject.literal and not other.literal:
        subject, other, op = other, subject, _MIRRORED.get(op, op)
    return Expectation(subject, _relation(op, other, subject), _relation(_OPPOSITE[op], other, subject))


def _relation(op: str, other: Clause, subject: Clause) -> str:
    if op in _ORDER:
        return f"{_order_words(subject.value, other.value)[op]} {show_other(other)}"
    value = show_other(other)
    if (
        other.literal
        and _name_kind(subject.value) != _name_kind(other.value)
        and _is_type_meant(op, subject.value, other.value)
    ):
        value = f"{_name_kind(other.value)} {value}".strip()
    return value if op in ("==", "===") else f"anything but {value}"


def _order_words(value: Any, bound: Any) -> dict[str, str]:
    """The words for an order of numbers, of dates, or of texts, which are compared letter by letter."""
    if not isinstance(bound, str) or (value is not None and not isinstance(value, str)):
        return _ORDER_OF_DATES if is_date(bound) else _ORDER
    if is_date(bound):
        return (
            _ORDER_OF_DATES if value is None or not is_date(value) or orders_as_text(value, bound) else _ORDER_OF_TEXTS
        )
    return _ORDER if value is None and is_numeric_text(bound) else _ORDER_OF_TEXTS


def _is_type_meant(op: str, value: Any, other: Any) -> bool:
    """True if the words must name the type: types are compared, or the text looks like the value."""
    return (op in ("===", "!==") and value is not None) or (
        isinstance(other, str) and not isinstance(value, str) and show_value(value).casefold() == other.casefold()
    )


def _name_kind(value: Any) -> str:
    """The type of a value, as a sentence names it."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        return "the number"
    return "the text" if isinstance(value, str) else "the list" if isinstance(value, (list, tuple)) else "the object"


def _expect_between(clause: Clause) -> Expectation:
    low, subject, high = clause.args[:3]
    if subject.literal:
        op = _MIRRORED[clause.op]
        return Expectation(high, _relation(op, subject, high), _relation(_OPPOSITE[op], subject, high))
    first, last = (
        show_other(arg) if arg.literal else f"{name_clause(arg)} ({show_value(arg.value)})" for arg in (low, high)
    )
    if clause.op == "<=":
        words = f"a value from {first} to {last}"
    else:
        words = f"a value between {first} and {last}, both excluded"
    return Expectation(subject, words, f"a value outside of {first} to {last}")


def _membership(clause: Clause) -> Expectation:
    needle, haystack = clause.args[:2]
    if haystack.literal and isinstance(haystack.value, (list, tuple)):
        options = [show_value(value) for value in haystack.value]
        if len(options) == 1:
            return Expectation(needle, options[0], f"anything but {options[0]}")
        words = f"one of {', '.join(options[:10])}" + (f" and {len(options) - 10} more" if len(options) > 10 else "")
        return Expectation(
            needle, words if options else "a member of an empty list", f"anything but {join_or(options)}"
        )
    if needle.literal or not haystack.literal:
        kind = _kind_with_members(haystack.value)
        return Expectation(
            haystack,
            f"{kind} that contains {show_other(needle)}",
            f"{kind} that does not contain {show_other(needle)}",
        )
    return Expectation(needle, f"a part of {show_other(haystack)}", f"no part of {show_other(haystack)}")


def _kind_with_members(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a text" if isinstance(value, str) else "a list or a text"

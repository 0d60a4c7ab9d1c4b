"""Notes on comparisons: types, letters, spaces and dates."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from typing import Any

from app.logic.clauses import Clause
from app.logic.coercion import is_numeric_text, loosely_equal, strictly_equal, to_number
from app.logic.evaluation import Evaluation
from app.why.dates import day_of, is_date, orders_as_text
from app.why.flips.targets import number_in
from app.why.notes.note import Note, NoteCode, Pair, kind_of, pairs_of
from app.why.wording.names import is_missing, name_clause, show_value

_ORDER = frozenset({"<", "<=", ">", ">="})
_EQUALITY = frozenset({"==", "!=", "===", "!=="})
#: Items of a list that are looked at.
_LOOKED_AT = 100
#: Numbers whose difference is smaller, as a part of them, differ by rounding.
_ROUNDED = 1e-12
_STRAIGHT = str.maketrans("\u201c\u201d\u201e\u2018\u2019\u2013\u2014\u2011\u2010", '"""\'\'----')


def note_comparison(clause: Clause) -> Iterator[Note]:
    """The notes on one comparison or membership."""
    if clause.custom or len(clause.args) < 2:
        return
    if clause.op in _ORDER:
        for pair in pairs_of(clause):
            yield from _note_order(pair)
    elif clause.op in _EQUALITY:
        for pair in pairs_of(clause):
            yield from _note_equality(pair)
    elif clause.op == "in":
        yield from _note_membership(clause)


def _number(value: Any) -> float:
    return float(min(max(to_number(value, Evaluation()), -1e308), 1e308))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numeric(value: Any) -> bool:
    return _is_number(value) or is_numeric_text(value)


def _note(pair: Pair, code: NoteCode, message: str, suggestion: Any = None) -> Note:
    return Note(code, pair.clause.pointer, pair.path, message, suggestion)


def _note_order(pair: Pair) -> Iterator[Note]:
    value, other = pair.subject.value, pair.other.value
    name = name_clause(pair.subject)
    if value is None:
        if _is_numeric(other) and pair.clause.truthy:
            state = "is missing" if is_missing(pair.subject) else "is null"
            message = f"{name} {state}, which counts as 0, so `{_show_comparison(pair)}` holds."
            yield _note(pair, NoteCode.MISSING_IS_ZERO, message)
        return
    if isinstance(value, str) and not value.strip() and _is_number(other):
        message = f"{name} is the text {show_value(value)}, which counts as 0 in a comparison with a number."
        yield _note(pair, NoteCode.TYPE, message)
    elif isinstance(value, str) and not _is_numeric(value):
        yield from _note_text_order(pair, name, value, other)
    elif _is_number(value) and isinstance(other, str) and other.strip() and not _is_numeric(other):
        yield from _note_number_order(pair, name, other)
    elif isinstance(value, str) and isinstance(other, str) and _is_numeric(other):
        if (_number(value) < _number(other)) is not (value < other) and (pair.left or pair.other.literal):
            message = f"{name} is the text {show_value(value)} and is compared with a text, letter by letter."
            yield _note(pair, NoteCode.TYPE, f"{message} Write numbers without quotation marks.", _as_number(value))
    elif isinstance(value, (list, tuple, dict)):
        message = f"{name} is {kind_of(value)}, which is compared as text."
        yield _note(pair, NoteCode.TYPE, message)


def _note_text_order(pair: Pair, name: str, value: str, other: Any) -> Iterator[Note]:
    if is_date(value):
        if isinstance(other, str) and is_date(other):
            if not orders_as_text(value, other) and (pair.left or pair.other.literal):
                message = (
                    f"{name} is the date {show_value(value)} and is compared with {show_value(other)} letter by letter"
                )
                message += ", but the two are not written in the same form. Write both as in 2026-01-31T09:30:00Z."
                yield _note(pair, NoteCode.DATE_AS_TEXT, message, _as_day(value))
        elif not isinstance(other, str):
            message = (
                f"{name} is the text {show_value(value)}; a date is not a number, so no comparison with one holds."
            )
            yield _note(pair, NoteCode.DATE_AS_TEXT, message)
    elif _is_number(other):
        message = f"{name} is the text {show_value(value)}, which is not a number, so no comparison with one holds."
        meant = number_in(value)
        hint = "" if meant is None else f" Write it as {show_value(meant)}."
        yield _note(pair, NoteCode.TYPE, f"{message}{hint}", meant)


def _note_number_order(pair: Pair, name: str, other: str) -> Iterator[Note]:
    if not pair.left and not pair.other.literal:
        return
    code = NoteCode.DATE_AS_TEXT if is_date(other) else NoteCode.TYPE
    message = f"{name} is a number and {show_value(other)} is a text that is not one, so no comparison of them holds."
    yield _note(pair, code, message)


def _show_comparison(pair: Pair) -> str:
    """The comparison without its subject: ``< 5``."""
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    op = pair.clause.op if pair.left else mirrored[pair.clause.op]
    return f"{op} {show_value(pair.other.value)}"


def _as_number(text: str) -> Any:
    return to_number(text, Evaluation())


def _as_day(text: str) -> str | None:
    day = day_of(text)
    return day.isoformat() if day is not None and not text.startswith(day.isoformat()) else None


def _note_equality(pair: Pair) -> Iterator[Note]:
    value, other = pair.subject.value, pair.other.value
    name = name_clause(pair.subject)
    if _is_number(value) and _is_number(other):
        if pair.left or pair.other.literal:
            yield from _note_rounding(pair, name)
        return
    if is_missing(pair.subject) or other is None or strictly_equal(value, other):
        return
    op = pair.clause.op
    if isinstance(value, str) and isinstance(other, str):
        if pair.left or pair.other.literal:
            yield from _note_texts(pair, name, value, other)
        return
    strict = op in ("===", "!==")
    if isinstance(value, (list, tuple, dict)):
        message = f"{name} is {kind_of(value)}, and `{op}` compares it as text with {show_value(other)}."
        if isinstance(value, (list, tuple)) and not isinstance(other, (list, tuple, dict)):
            message += ' Use `in` to look for a member: {"in": [value, list]}.'
        yield _note(pair, NoteCode.TYPE, message)
    elif not pair.other.literal and not pair.left:
        return
    elif strict and loosely_equal(value, other, Evaluation()):
        message = f"{name} is {_the(value)}; `{op}` compares types, and {show_value(other)} is {kind_of(other)}."
        yield _note(pair, NoteCode.TYPE, message, value)
    elif not strict and loosely_equal(value, other, Evaluation()):
        return
    elif isinstance(other, bool) and isinstance(value, str):
        is_same = value.strip().casefold() == str(other).casefold()
        message = f"{name} is the text {show_value(value)}, which is not equal to {show_value(other)}."
        yield _note(pair, NoteCode.TYPE, message, value if is_same else None)
    elif isinstance(other, str) and show_value(value).casefold() == other.strip().casefold():
        message = f"{name} is {show_value(value)}, which is not equal to the text {show_value(other)}."
        yield _note(pair, NoteCode.TYPE, message, value)
    elif _is_number(other) and isinstance(value, str) and not _is_numeric(value) and value.strip():
        code = NoteCode.DATE_AS_TEXT if is_date(value) else NoteCode.TYPE
        message = f"{name} is the text {show_value(value)}, which is not a number, so it equals none."
        yield _note(pair, code, message)


def _note_rounding(pair: Pair, name: str) -> Iterator[Note]:
    """Two numbers that only computers tell apart, or that a rule takes for equal."""
    value, other = pair.subject.value, pair.other.value
    if value != other and strictly_equal(value, other):
        message = f"{name} is {value}, which counts as equal to {other}, because rules round numbers above 2^53."
        yield _note(pair, NoteCode.ROUNDING, f"{message} Send such numbers as texts.")
    elif not strictly_equal(value, other) and math.isclose(value, other, rel_tol=_ROUNDED):
        message = f"{name} is {show_value(value)}, which differs from {show_value(other)} only by rounding."
        yield _note(pair, NoteCode.ROUNDING, f"{message} Compare fractions by a range.")


def _the(value: Any) -> str:
    """A value with its type: the text "90"."""
    return f"the {kind_of(value).partition(' ')[2]} {show_value(value)}"


def _note_texts(pair: Pair, name: str, value: str, other: str) -> Iterator[Note]:
    """Two texts that differ although a reader might take them for the same."""
    yield from _note_letters(pair, name, value, other)
    if is_date(value) and is_date(other) and day_of(value) is not None and day_of(value) == day_of(other):
        message = f"{name} is the date {show_value(value)}; as a text it differs from {show_value(other)}."
        yield _note(pair, NoteCode.DATE_AS_TEXT, message, other)


def _note_letters(pair: Pair, name: str, value: str, other: str) -> Iterator[Note]:
    if _squeezed(value).casefold() != _squeezed(other).casefold():
        if _simplify(value) == _simplify(other):
            message = f"{name} is {show_value(value)}, which looks like {show_value(other)} but has other characters."
            yield _note(pair, NoteCode.CHARACTERS, message, other)
        return
    if _squeezed(value) != _squeezed(other):
        message = f"{name} is {show_value(value)}, which differs from {show_value(other)} in capital letters."
        yield _note(pair, NoteCode.CASE, message, other)
    if value.casefold() != other.casefold():
        message = f"{name} is {show_value(value)}, which differs from {show_value(other)} in spaces."
        yield _note(pair, NoteCode.WHITESPACE, message, other)


def _simplify(text: str) -> str:
    """The same for texts that look the same: composed letters, straight quotes and plain hyphens."""
    return unicodedata.normalize("NFKC", text).translate(_STRAIGHT).casefold()


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _note_membership(clause: Clause) -> Iterator[Note]:
    needle, haystack = clause.args[:2]
    if clause.truthy:
        return
    if isinstance(haystack.value, (list, tuple)):
        yield from _note_list(Pair(clause, haystack if needle.literal else needle, haystack, True), needle)
    elif isinstance(haystack.value, str):
        if isinstance(needle.value, (list, tuple)) and not needle.literal:
            name, text = name_clause(needle), show_value(haystack.value)
            message = f"{name} is a list; `in` looks for its first argument in its second, which is the text {text}."
            yield _note(Pair(clause, needle, haystack, True), NoteCode.TYPE, message)
        if (
            isinstance(needle.value, str)
            and needle.value
            and _squeezed(needle.value).casefold() in _squeezed(haystack.value).casefold()
        ):
            subject = needle if haystack.literal else haystack
            pair = Pair(clause, subject, haystack, True)
            same_letters = _squeezed(needle.value) in _squeezed(haystack.value)
            code = NoteCode.WHITESPACE if same_letters else NoteCode.CASE
            what = "spaces" if same_letters else "capital letters"
            message = f"{show_value(haystack.value)} contains {show_value(needle.value)} except for {what}."
            yield _note(pair, code, message)
    elif haystack.value is not None:
        pair = Pair(clause, haystack, needle, False)
        message = f"{name_clause(haystack)} is {kind_of(haystack.value)}; `in` looks into lists and texts only."
        yield _note(pair, NoteCode.TYPE, message)


def _note_list(pair: Pair, needle: Clause) -> Iterator[Note]:
    """A value that is not in a list, but nearly."""
    value = needle.value
    if value is None:
        return
    if isinstance(value, (list, tuple, dict)):
        message = f"{name_clause(needle)} is {kind_of(value)}; `in` looks for one value in a list, not for several."
        if isinstance(value, (list, tuple)):
            message += ' Use `some` to ask for one of several: {"some": [values, {"in": [{"var": ""}, list]}]}.'
        yield _note(pair, NoteCode.TYPE, message)
        return
    key = key_of_items(pair.other.value, value)
    if needle.literal and key is not None:
        message = f"The items of {name_clause(pair.other)} are objects; {show_value(value)} is their `{key}`."
        instead = {"some": [pair.other.source, {"==": [{"var": key}, value]}]}
        message += f" Ask about items by `some`: {show_value(instead)}."
        yield _note(pair, NoteCode.TYPE, message)
    for index, member in enumerate(pair.other.value[:_LOOKED_AT]):
        if needle.literal:
            yield from _note_member(pair, f"Item {index + 1} of {name_clause(pair.other)}", member, value)
        else:
            yield from _note_member(pair, name_clause(needle), value, member)


def key_of_items(items: Any, value: Any) -> str | None:
    """The key under which an object of a list has a value; None if no object does."""
    objects = [item for item in items[:_LOOKED_AT] if isinstance(item, dict)]
    return next((key for item in objects for key, member in item.items() if strictly_equal(member, value)), None)


def _note_member(pair: Pair, name: str, value: Any, other: Any) -> Iterator[Note]:
    """A value of the event, and the other value that it is compared with."""
    if isinstance(value, str) and isinstance(other, str):
        yield from _note_letters(pair, name, value, other)
    elif other is None or isinstance(other, (list, tuple, dict)) or isinstance(value, (list, tuple, dict)):
        return
    elif type(value) is not type(other) and value is not None and loosely_equal(value, other, Evaluation()):
        message = f"{name} is {_the(value)}; `in` compares types, and {show_value(other)} is {kind_of(other)}."
        yield _note(pair, NoteCode.TYPE, message, value)

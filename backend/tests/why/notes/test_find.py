"""Notes name the mistakes that people make in rules and events."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from app.errors import InvalidRule
from app.logic.tracing import trace
from app.why.notes.find import MAX_NOTES, find_notes
from app.why.notes.note import Note
from tests.logic.rules_by_chance import conformance_cases, make_data, make_rule

METADATA = {"$event": {"type": "lead", "source": None}}


def notes(rule: Any, event: Any, recent: Any = ()) -> list[Note]:
    root = trace(rule, event, extra=METADATA).root
    return find_notes(root, {**METADATA, **event} if isinstance(event, dict) else event, recent=recent)


def var(path: str) -> Any:
    return {"var": path}


@pytest.mark.parametrize(
    ("rule", "event", "code", "path", "message", "suggestion"),
    [
        ({">": [var("lead.scroe"), 1]}, {"lead": {"score": 9}}, "MISSING", "lead.scroe", "mean `lead.sc", "lead.score"),
        ({">": [var("leadScore"), 1]}, {"lead": {"score": 9}}, "MISSING", "leadScore", "did you mean", "lead.score"),
        ({">": [var("score"), 1]}, {"lead": {"score": 9}}, "MISSING", "score", "did you mean", "lead.score"),
        ({"==": [var("event.data.id"), 1]}, {"id": 2}, "MISSING", "event.data.id", "did you mean", "id"),
        ({"==": [var("detail.id"), 1]}, {"id": 2}, "MISSING", "detail.id", "did you mean", "id"),
        ({"==": [var("$.a[0].b"), 1]}, {"a": [{"b": 2}]}, "MISSING", "$.a[0].b", "did you mean", "a.0.b"),
        ({"==": [var("lead.id"), 1]}, {"data": {"lead": {"id": 2}}}, "MISSING", "lead.id", "mean", "data.lead.id"),
        ({"==": [var("event.name"), "x"]}, {}, "MISSING", "event.name", "did you mean `$event.type`", "$event.type"),
        ({"==": [var("detail-type"), "x"]}, {}, "MISSING", "detail-type", "did you mean", "$event.type"),
        ({"!": {"missing": ["emial"]}}, {"email": "x"}, "MISSING", "emial", "did you mean", "email"),
        ({"==": [var("zone"), 1]}, {"lead": 1}, "MISSING", "zone", "is missing in this event.", None),
        ({"===": [var("n"), 90]}, {"n": "90"}, "TYPE", "n", '`n` is the text "90"; `===` compares types', "90"),
        ({"in": [var("n"), [1, 2]]}, {"n": "1"}, "TYPE", "n", "`in` compares types", "1"),
        ({">": [var("n"), 5]}, {"n": "high"}, "TYPE", "n", "is not a number, so no comparison with one holds", None),
        ({"==": [var("n"), 5]}, {"n": "1,000"}, "TYPE", "n", "is not a number, so it equals none", None),
        ({"==": [var("paid"), True]}, {"paid": "true"}, "TYPE", "paid", "is not equal to true", "true"),
        ({">": [var("n"), "10"]}, {"n": "9"}, "TYPE", "n", "letter by letter", 9),
        ({"==": [var("tags"), "vip"]}, {"tags": ["vip", "x"]}, "TYPE", "tags", "Use `in` to look for a member", None),
        ({"in": [var("tags"), "vip"]}, {"tags": ["vip", "x"]}, "TYPE", "tags", "looks for its first argument in", None),
        ({"in": ["vip", var("tags")]}, {"tags": [{"id": 1}, {"n": "vip"}]}, "TYPE", "tags", '{"some": [{"var"', None),
        ({"==": [{"+": [var("a"), var("b")]}, 0.3]}, {"a": 0.1, "b": 0.2}, "ROUNDING", None, "only by rounding", None),
        ({"==": [var("n"), 2**53 + 1]}, {"n": 2**53}, "ROUNDING", "n", "counts as equal to 9007199254740993", None),
        ({"<": [9, var("n"), 5]}, {"n": 7}, "NEVER_TRUE", None, "no value of `n` meets", None),
        ({"in": ["vip", var("tags")]}, {"tags": 5}, "TYPE", "tags", "looks into lists and texts only", None),
        ({"some": [var("items"), True]}, {"items": {}}, "TYPE", "items", "is an object; `some` needs a list", None),
        ({"<": [var("n"), 5]}, {}, "MISSING_IS_ZERO", "n", "`n` is missing, which counts as 0, so `< 5` holds", None),
        ({">": [5, var("n")]}, {"n": None}, "MISSING_IS_ZERO", "n", "`n` is null, which counts as 0, so `< 5`", None),
        ({"==": [var("s"), "LinkedIn"]}, {"s": "linkedin"}, "CASE", "s", "in capital letters", "LinkedIn"),
        ({"in": [var("s"), ["Web", "LinkedIn"]]}, {"s": "linkedin"}, "CASE", "s", "in capital letters", "LinkedIn"),
        ({"in": ["Ada", var("s")]}, {"s": "ada l."}, "CASE", "s", 'contains "Ada" except for capital letters', None),
        ({"==": [var("s"), "LinkedIn"]}, {"s": "LinkedIn "}, "WHITESPACE", "s", "in spaces", "LinkedIn"),
        ({">": [var("d"), "2026-01-05"]}, {"d": "31/01/2026"}, "DATE_AS_TEXT", "d", "not written in the same", None),
        ({">": [var("d"), "2026-01-05"]}, {"d": "2026-1-31"}, "DATE_AS_TEXT", "d", "letter by letter", "2026-01-31"),
        ({">": [var("d"), 1700000000]}, {"d": "2026-01-31"}, "DATE_AS_TEXT", "d", "a date is not a number", None),
        ({"==": [var("d"), "2026-01-31"]}, {"d": "2026-01-31T09:30:00Z"}, "DATE_AS_TEXT", "d", "differs", "2026-01-31"),
        ({"==": [var("items.price"), 1]}, {"items": [{}]}, "MISSING", "items.price", "`items` is a list", None),
        ({"==": [var("a.b.c"), 1]}, {"a": '{"b": 1}'}, "MISSING", "a.b.c", ": `a` is a text, not an object.", None),
        ({"all": [var("l"), {">": [var("N"), 1]}]}, {"l": [{"n": 2}] * 2}, "MISSING", "l.0.N", "mean `l.0.n`", "l.0.n"),
        ({"all": [var("l"), {"==": [var("id"), 1]}]}, {"l": [{}], "id": 1}, "MISSING", "l.0.id", "the item", None),
        ({">": [var("n"), 5]}, {"n": ""}, "TYPE", "n", '`n` is the text "", which counts as 0', None),
        ({">": [var("d"), "2026-01-05"]}, {"d": 1.7e9}, "DATE_AS_TEXT", "d", "no comparison of them holds", None),
        ({">": [var("n"), "high"]}, {"n": 5}, "TYPE", "n", '"high" is a text that is not one', None),
        ({"==": [var("paid"), True]}, {"paid": "yes"}, "TYPE", "paid", "is not equal to true", None),
        ({"==": [var("paid"), "true"]}, {"paid": True}, "TYPE", "paid", 'is not equal to the text "true"', True),
        ({"==": [var("n"), "null"]}, {"n": None}, "TYPE", "n", 'is null, which is not equal to the text "null"', None),
        ({"!": var("paid")}, {"paid": "false"}, "TYPE", "paid", 'every text but "" counts as true', None),
        ({"in": [var("tags"), ["a", "b"]]}, {"tags": ["a"]}, "TYPE", "tags", "Use `some` to ask for one", None),
        ({"in": ["eu", var("tags")]}, {"tags": ["x", "EU"]}, "CASE", "tags", "Item 2 of `tags` is", "eu"),
        ({"==": [var("s"), "+49 170"]}, {"s": "+49170"}, "WHITESPACE", "s", "in spaces", "+49 170"),
        ({"==": [var("s"), "\u201cx\u201d"]}, {"s": '"x"'}, "CHARACTERS", "s", "other characters", "\u201cx\u201d"),
        ({"==": [var("s"), "caf\u00e9"]}, {"s": "cafe\u0301"}, "CHARACTERS", "s", "has other characters", "caf\u00e9"),
    ],
)  # fmt: skip
def test_mistake_is_noted(rule: Any, event: Any, code: str, path: str, message: str, suggestion: Any) -> None:
    (note,) = notes(rule, event)

    assert (note.code.value, note.path, note.suggestion) == (code, path, suggestion)
    assert message in note.message


@pytest.mark.parametrize(
    ("rule", "event"),
    [
        ({">": [var("lead.score"), 75]}, {"lead": {"score": 70}}),
        ({">": [var("d"), "2026-01-05"]}, {"d": "2026-01-31"}),
        ({">": [var("d"), "2026-01-05T00:00:00Z"]}, {"d": "2026-01-31T09:30:00Z"}),
        ({">": [var("d"), "2026-01-05"]}, {"d": "2026-01-03T09:30:00Z"}),
        ({"==": [var("s"), "LinkedIn"]}, {"s": "Web"}),
        ({"==": [var("on"), True]}, {"on": "1"}),
        ({"==": [var("n"), "18"]}, {"n": 17}),
        ({"!": var("s")}, {"s": "x"}),
        ({"some": [var("l"), {"==": [var("id"), 1]}]}, {"l": [{}, {"id": 1}], "id": 1}),
        ({"==": [var("n"), 1]}, {"n": "1"}),
        ({"or": [{"==": [var("a"), 1]}, {"==": [var("zone"), 2]}]}, {"a": 1}),
        ({">": [var("n"), 5]}, {"n": "90"}),
        ({"==": [{"var": ["zone", 1]}, 1]}, {}),
        ({"all": [var("items"), {">": [var("price"), 1]}]}, {"items": [{"price": 5}, {"price": 7}]}),
    ],
)
def test_ordinary_decision_has_no_note(rule: Any, event: Any) -> None:
    assert notes(rule, event) == []


def test_path_of_recent_events_is_suggested() -> None:
    (note,) = notes({">": [var("lead.scroe"), 1]}, {"x": 1}, recent={("lead", "score")})

    assert note.message == "`lead.scroe` is missing; did you mean `lead.score`? Recent events have it."
    assert note.suggestion == "lead.score"


def test_path_that_recent_events_have_is_said_to_be_missing_here() -> None:
    (note,) = notes({">": [var("lead.score"), 1]}, {"x": 1}, recent={("lead", "score")})

    assert note.message == "`lead.score` is missing in this event, although recent events have it."


def test_notes_of_any_rule_are_found_without_an_error() -> None:
    chance = random.Random(3)

    for rule, data in [*conformance_cases(), *((make_rule(chance), make_data(chance)) for _ in range(1_000))]:
        with suppress(InvalidRule):
            assert len(notes(rule, data)) <= MAX_NOTES

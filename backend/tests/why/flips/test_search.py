"""The flip that a person would name first comes first, and every flip turns its rule."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Mapping
from typing import Any

import pytest

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import compile_rule
from app.logic.tracing import trace
from app.why.flips.changes import ABSENT, Change, Flip
from app.why.flips.search import Flips, find_flips
from tests.logic.rules_by_chance import conformance_cases, make_data, make_rule
from tests.long import LONG
from tests.triggers.strategies import CONSTANTS

LEAD = {"lead": {"source": "linkedin", "score": 70}}
EXTRA = {"$event": {"type": "lead", "source": None, "id": "e1"}}
SCORE, SOURCE = {"var": "lead.score"}, {"var": "lead.source"}
EXPENSIVE = {">": [{"var": "price"}, 10]}


def search(rule: Any, event: Any, *, wanted: bool | None = None, limit: float = 5.0) -> Flips:
    root = trace(rule, event, extra=EXTRA).root
    return find_flips(rule, event, EXTRA, root, wanted=not root.truthy if wanted is None else wanted, limit=limit)


def first(flips: Flips, target: str) -> list[tuple[str, Any]]:
    flip = next((flip for flip in flips.flips if flip.target == target), None)
    return [] if flip is None else [(change.pointer, change.after) for change in flip.changes]


def apply_change(document: Any, change: Change) -> Any:
    """The document with one change, as JSON Patch applies it."""
    document = copy.deepcopy(document)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in change.pointer.split("/")[1:]]
    if not parts:
        return change.after
    holder = document
    for part in parts[:-1]:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    key: Any = int(parts[-1]) if isinstance(holder, list) else parts[-1]
    if change.after is ABSENT:
        del holder[key]
    elif isinstance(holder, list) and key == len(holder):
        holder.append(change.after)
    else:
        holder[key] = change.after
    return document


def answer_after(flip: Flip, rule: Any, event: Any, extra: Mapping[str, Any]) -> bool:
    own = isinstance(event, dict) and "$event" in event
    document = {**event, **extra} if isinstance(event, dict) and not own else event
    for change in flip.changes:
        if flip.target == "event":
            document = apply_change(document, change)
        else:
            rule = apply_change(rule, change)
    if isinstance(document, dict) and isinstance(event, dict) and not own:
        extra = {"$event": document.pop("$event")}
    return compile_rule(rule).holds(document, extra=extra)


@pytest.mark.parametrize(
    ("rule", "event", "changes"),
    [
        ({">": [SCORE, 75]}, LEAD, [("/lead/score", 76)]),
        ({">": [SCORE, 75.5]}, LEAD, [("/lead/score", 75.6)]),
        ({">=": [SCORE, 75]}, LEAD, [("/lead/score", 75)]),
        ({"<": [SCORE, 60]}, LEAD, [("/lead/score", 59)]),
        ({"<=": [75, SCORE, 100]}, LEAD, [("/lead/score", 75)]),
        ({"<": [10, SCORE, 60]}, LEAD, [("/lead/score", 59)]),
        ({"==": [SOURCE, "LinkedIn"]}, LEAD, [("/lead/source", "LinkedIn")]),
        ({"in": [SOURCE, ["Web", "Ads", "LinkedIn"]]}, LEAD, [("/lead/source", "LinkedIn")]),
        ({"===": [{"var": "n"}, 90]}, {"n": "90"}, [("/n", 90)]),
        (
            {"and": [{"==": [SOURCE, "LinkedIn"]}, {">": [SCORE, 75]}]},
            LEAD,
            [("/lead/source", "LinkedIn"), ("/lead/score", 76)],
        ),
        ({"or": [{">": [SCORE, 100]}, {">": [SCORE, 75]}]}, LEAD, [("/lead/score", 76)]),
        ({"and": [{">": [{"var": "x"}, 75]}, {"!=": [{"var": "x"}, 76]}]}, {"x": 7}, [("/x", 77)]),
        ({"if": [{">": [SCORE, 75]}, True, False]}, LEAD, [("/lead/score", 76)]),
        ({"if": [{"missing": ["a"]}, False, {"==": [{"var": "a"}, 1]}]}, LEAD, [("/a", 1)]),
        ({"!": [{"==": [{"var": "paid"}, True]}]}, {"paid": True}, [("/paid", False)]),
        ({"!!": {"var": "vip"}}, LEAD, [("/vip", True)]),
        ({"!!": {"var": "email"}}, {"email": ""}, [("/email", "any value")]),
        ({"<=": ["2026-01-01", {"var": "d"}, "2026-01-31"]}, {"d": "2026-02-03"}, [("/d", "2026-01-31")]),
        ({"!": {"missing": ["lead.email"]}}, LEAD, [("/lead/email", "any value")]),
        ({"in": ["vip", {"var": "tags"}]}, {"tags": ["x"]}, [("/tags", ["x", "vip"])]),
        ({">": [{"var": "due"}, "2026-01-31"]}, {"due": "2026-01-10"}, [("/due", "2026-02-01")]),
        ({">": [{"*": [{"var": "a"}, 2]}, 10]}, {"a": 1}, [("/a", 6)]),
        ({"<": [{"-": [100, SCORE]}, 20]}, LEAD, [("/lead/score", 81)]),
        ({"some": [{"var": "items"}, EXPENSIVE]}, {"items": [{"price": 5}, {"price": 7}]}, [("/items/1/price", 11)]),
        ({"all": [{"var": "items"}, EXPENSIVE]}, {"items": [{"price": 50}, {}]}, [("/items/1/price", 11)]),
        ({"some": [{"var": "items"}, EXPENSIVE]}, {}, [("/items", [{"price": 11}])]),
        ({"some": [{"var": "tags"}, {"==": [{"var": ""}, "vip"]}]}, {"tags": []}, [("/tags", ["vip"])]),
        ({"==": [{"var": "$event.type"}, "order"]}, LEAD, [("/$event/type", "order")]),
        ({"and": [{"==": [{"var": "a.b"}, 1]}, {"==": [{"var": "a.c"}, 2]}]}, {}, [("/a", {"b": 1, "c": 2})]),
        ({">": [SCORE, 75]}, {"lead": {"scroe": 90}}, [("/lead/score", 90)]),
        ({"==": [{"substr": [SOURCE, 0, 3]}, "web"]}, LEAD, [("/lead/source", "webkedin")]),
        ({"==": [{"substr": [{"var": "host"}, -3]}, ".de"]}, {"host": "a.fr"}, [("/host", "a.de")]),
        ({"==": [{"var": "age"}, "18"]}, {"age": 17}, [("/age", 18)]),
        ({"!": {"var": "paid"}}, {"paid": "false"}, [("/paid", False)]),
        ({"!=": [SOURCE, "linkedin"]}, LEAD, [("/lead/source", "not linkedin")]),
        ({"<": [SOURCE, "lab"]}, LEAD, [("/lead/source", "la")]),
        ({">": [{"var": "d"}, "Nov 30, 2026"]}, {"d": "2026-12-01"}, []),
        ({">": [{"var": "d"}, "2026-12-01"]}, {"d": "2026-11-30T07:00Z"}, [("/d", "2026-12-02T07:00Z")]),
    ],
)
def test_nearest_change_of_the_event_comes_first(rule: Any, event: Any, changes: list[tuple[str, Any]]) -> None:
    assert first(search(rule, event), "event") == changes


@pytest.mark.parametrize(
    ("rule", "event", "changes"),
    [
        ({">": [SCORE, 75]}, LEAD, [("/>/1", 69)]),
        ({">=": [SCORE, 75]}, LEAD, [("/>=/1", 70)]),
        ({">=": [{"var": "n"}, 23]}, {"n": "22"}, [("/>=/1", 22)]),
        ({"==": [SOURCE, "LinkedIn"]}, LEAD, [("/==/1", "linkedin")]),
        ({"in": [SOURCE, ["Web"]]}, LEAD, [("/in/1", ["Web", "linkedin"])]),
        ({"<=": [75, SCORE, 100]}, LEAD, [("/<=/0", 70)]),
        ({"!": {"missing": ["lead.email", "lead.score"]}}, LEAD, [("/!/missing/0", ABSENT)]),
        ({"==": [{"var": "event.data.lead.score"}, 70]}, LEAD, [("/==/0/var", "lead.score")]),
        ({">": [{"var": "n"}, "1000"]}, {"n": 200}, [("/>/1", "199")]),
        ({"!": {"missing": ["lead.scroe"]}}, LEAD, [("/!/missing/0", "lead.score")]),
        (
            {"some": [{"var": "l"}, {"==": [{"var": "item.name"}, 1]}]},
            {"l": [{"name": 1}, {"name": 1}]},
            [("/some/1/==/0/var", "name")],
        ),
        (
            {"and": [{"==": [{"var": "event.name"}, "lead"]}, {">": [{"var": "detail.lead.score"}, 5]}]},
            LEAD,
            [("/and/0/==/0/var", "$event.type"), ("/and/1/>/0/var", "lead.score")],
        ),
        ({"and": [{"==": [SCORE, 70]}, {"!=": [SOURCE, "linkedin"]}]}, LEAD, [("/and/1", ABSENT)]),
    ],
)
def test_nearest_change_of_the_trigger_is_shown(rule: Any, event: Any, changes: list[tuple[str, Any]]) -> None:
    assert first(search(rule, event), "trigger") == changes


def test_yes_is_turned_into_no() -> None:
    flips = search({"and": [{"==": [SOURCE, "linkedin"]}, {">": [SCORE, 65]}]}, LEAD, wanted=False)

    assert first(flips, "event") == [("/lead/score", 65)]
    assert first(flips, "trigger") == [("/and/1/>/1", 70)]
    assert any(change.after is ABSENT for flip in flips.flips for change in flip.changes)


@pytest.mark.parametrize(
    ("rule", "event", "changes"),
    [
        ({">": [{"+": [{"var": "a"}, {"var": "b"}]}, 10]}, {"a": 1, "b": 2}, {("/b", 10), ("/a", 9)}),
        ({">": [{"/": [{"var": "bad"}, {"var": "all"}]}, 0.05]}, {"bad": 2, "all": 100}, {("/bad", 6), ("/all", 34)}),
        ({"<": [{"-": [{"var": "b"}, {"var": "a"}]}, 0]}, {"a": 1, "b": 2}, {("/b", 0), ("/a", 3)}),
        ({">=": [{"*": [{"var": "n"}, {"var": "price"}, 2]}, 60]}, {"n": 2, "price": 10}, {("/n", 3), ("/price", 15)}),
        ({">=": [{"min": [{"var": "a"}, {"var": "b"}]}, 5]}, {"a": 7, "b": 3}, {("/b", 5)}),
        ({">=": [{"max": [{"var": "a"}, {"var": "b"}]}, 5]}, {"a": 1, "b": 3}, {("/a", 5), ("/b", 5)}),
        ({"==": [{"cat": [{"var": "a"}, " ", {"var": "b"}]}, "x y"]}, {"a": "x", "b": "z"}, {("/b", "y")}),
        # Without a solution: by zero, no number, infinite.
        ({">": [{"*": [{"var": "a"}, {"var": "b"}]}, 10]}, {"a": 0, "b": 0}, set()),
        ({">": [{"-": [{"var": "a"}, {"var": "b"}]}, 10]}, {"a": "x", "b": "y"}, set()),
        ({"<": [{"/": [{"var": "a"}, {"var": "b"}]}, 0]}, {"a": 0, "b": 0}, set()),
    ],
)
def test_calculation_is_solved_for_each_of_its_values(
    rule: Any, event: dict[str, Any], changes: set[tuple[str, Any]]
) -> None:
    flips = search(rule, event).flips

    found = {(flip.changes[0].pointer, flip.changes[0].after) for flip in flips if flip.target == "event"}
    assert found == changes


def test_calculation_that_cannot_be_solved_is_named() -> None:
    flips = search({">": [{"*": [{"var": "a"}, {"var": "b"}]}, 10]}, {"a": 0, "b": 0})

    assert [unseen.pointer for unseen in flips.unseen] == [""]
    assert "computed from several values" in flips.unseen[0].message


def test_change_of_the_event_comes_before_one_of_the_rule() -> None:
    flips = search({">": [{"*": [{"var": "n"}, 1.19]}, 119]}, {"n": 100}).flips

    assert [flip.target for flip in flips[:2]] == ["event", "trigger"]


@pytest.mark.parametrize(
    ("rule", "event", "words"),
    [
        ({"!=": [SOURCE, "linkedin"]}, LEAD, 'change `lead.source` from "linkedin" to another value'),
        ({"!!": {"var": "email"}}, {"email": ""}, 'change `email` from "" to any value'),
        ({"!": {"missing": ["email"]}}, {}, "add `email` with any value"),
    ],
)
def test_made_up_value_is_not_quoted(rule: Any, event: Any, words: str) -> None:
    assert search(rule, event).flips[0].changes[0].words == words


def test_path_without_a_place_is_reported() -> None:
    flips = search({">": [{"var": "items.price"}, 5]}, {"items": [{"price": 7}]})

    assert flips.flips == []
    assert flips.unseen[0].message == ("No change of the event or the trigger was found that turns `items.price` > 5.")


def test_rule_that_is_too_deep_is_reported() -> None:
    rule: Any = {"==": [SOURCE, "web"]}
    for _ in range(60):
        rule = {"and": [rule, {"==": [SCORE, 70]}]}

    assert "clauses below this one are left out" in search(rule, LEAD).unseen[0].message


def test_misspelt_path_is_to_be_changed_in_the_rule_only() -> None:
    rule = {"and": [{"==": [{"var": "event.name"}, "lead"]}, {">": [{"var": "event.data.lead.score"}, 5]}]}

    flips = search(rule, LEAD).flips

    assert [flip.target for flip in flips] == ["trigger"]
    assert [change.after for change in flips[0].changes] == ["$event.type", "lead.score"]


@pytest.mark.parametrize("rule", [{"missing": [""]}, {"!": {"var": ""}}, {"==": [{"var": ""}, 1]}])
def test_event_as_a_whole_is_not_replaced(rule: Any) -> None:
    assert search(rule, LEAD, wanted=True).flips == []


def test_constant_rule_has_no_flip() -> None:
    assert search(False, LEAD).flips == []


def test_search_ends_when_the_time_is_up() -> None:
    rule = {"or": [{"==": [{"var": f"k{n}"}, n]} for n in range(500)]}
    event = {f"key{n}": n for n in range(500)}
    start = time.monotonic()

    flips = search(rule, event, limit=0.001)

    assert time.monotonic() - start < 5
    assert not flips.complete


def undone(cases: list[tuple[Any, Any]]) -> tuple[int, list[Any]]:
    """How many flips the rules have, and those that do not turn their rule when they are applied."""
    count, wrong = 0, []
    for rule, data in cases:
        try:
            holds = compile_rule(rule).holds(data, extra=EXTRA)
        except (RuleFailed, InvalidRule):
            continue
        found = search(rule, data)
        for flip in found.flips:
            count += 1
            if answer_after(flip, rule, data, EXTRA) is holds:
                wrong.append((rule, data, flip))
    return count, wrong


def plain_rule(chance: random.Random, depth: int = 3) -> Any:
    """A rule as people write them: comparisons of one path with a constant, combined."""
    if not depth or chance.random() < 0.4:
        path = {"var": chance.choice(["a", "b", "a.b", "c", "$event.type"])}
        operator = chance.choice(["==", "===", "!=", "<", "<=", ">", ">=", "in", "!!", "missing"])
        if operator == "in":
            return {"in": [path, chance.sample(CONSTANTS, 3)]}
        if operator == "missing":
            return {"!": {"missing": ["a", "c"]}}
        return {operator: [path, chance.choice(CONSTANTS)]}
    return {
        chance.choice(["and", "or", "!", "if"]): [plain_rule(chance, depth - 1) for _ in range(chance.randrange(1, 4))]
    }


def test_every_flip_of_a_plain_rule_turns_it() -> None:
    chance = random.Random(5)

    count, wrong = undone([(plain_rule(chance), make_data(chance)) for _ in range(400)])

    assert wrong == []
    assert count > 500


def test_every_flip_of_a_random_rule_turns_it() -> None:
    chance = random.Random(6)

    count, wrong = undone([(make_rule(chance), make_data(chance)) for _ in range(400)])

    assert wrong == []
    assert count > 50


def test_every_flip_of_a_conformance_rule_turns_it() -> None:
    assert undone(conformance_cases())[1] == []


@LONG
def test_every_flip_of_many_rules_turns_them() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        assert undone([(make_rule(chance), make_data(chance)) for _ in range(250)])[1] == []
        assert undone([(plain_rule(chance), make_data(chance)) for _ in range(250)])[1] == []

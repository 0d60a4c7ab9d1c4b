"""The sentence about a decision names the clause that a person would name first."""

from __future__ import annotations

from typing import Any

import pytest

from app.logic.jsonlogic import compile_rule
from app.why.explain import decide, describe_miss, explain

LEAD = {"lead": {"source": "linkedin", "score": 70}}
SCORE, SOURCE = {"var": "lead.score"}, {"var": "lead.source"}
ITEMS = {"items": [{"price": 5}, {"price": 50}]}
EXPENSIVE = {">": [{"var": "price"}, 10]}


@pytest.mark.parametrize(
    ("rule", "event", "pointer", "words"),
    [
        ({">": [SCORE, 75]}, LEAD, "", "`lead.score` was 70 and the trigger asks for more than 75"),
        ({"<": [75, SCORE]}, LEAD, "", "`lead.score` was 70 and the trigger asks for more than 75"),
        ({"<=": [75, SCORE, 100]}, LEAD, "", "`lead.score` was 70 and the trigger asks for a value from 75 to 100"),
        ({"and": [{"==": [SOURCE, "linkedin"]}, {">=": [SCORE, 75]}]}, LEAD, "/and/1", "asks for at least 75"),
        ({"or": [{"==": [SOURCE, "a"]}, {"==": [SOURCE, "b"]}]}, LEAD, "/or/0", 'asks for "a" or "b"'),
        ({"or": [{"and": [False, False]}, {">": [SCORE, 75]}]}, LEAD, "/or/1", "asks for more than 75"),
        ({"!": [{"==": [SOURCE, "linkedin"]}]}, LEAD, "", 'asks for anything but "linkedin"'),
        ({"!": {"or": [{"==": [SOURCE, "x"]}, {"<": [SCORE, 75]}]}}, LEAD, "/!/or/1", "asks for at least 75"),
        ({"!=": [SOURCE, "linkedin"]}, LEAD, "", 'asks for anything but "linkedin"'),
        ({"in": [SOURCE, ["Web", "Ads"]]}, LEAD, "", 'asks for one of "Web", "Ads"'),
        ({"in": ["ada", SOURCE]}, LEAD, "", 'asks for a text that contains "ada"'),
        ({"if": [{">": [SCORE, 75]}, True, False]}, LEAD, "/if/0", "asks for more than 75"),
        ({"!": {"missing": ["lead.email"]}}, LEAD, "", "`lead.email` is missing and the trigger requires it"),
        (
            {"!": {"missing_some": [1, ["a", "b"]]}},
            LEAD,
            "",
            "none of `a` or `b` is there and the trigger requires at least 1",
        ),
        ({"!!": {"var": "lead.vip"}}, LEAD, "", "`lead.vip` is missing and the trigger asks for it"),
        ({">": [{"var": "score"}, 5]}, LEAD, "", "`score` is missing and the trigger asks for more than 5"),
        ({"===": [{"var": "n"}, 90]}, {"n": "90"}, "", '`n` was "90" and the trigger asks for the number 90'),
        ({"some": [{"var": "items"}, {">": [{"var": "price"}, 60]}]}, ITEMS, "", "none of the 2 items of `items` fits"),
        ({"all": [{"var": "items"}, EXPENSIVE]}, ITEMS, "", "item 1 of `items` does not fit: `items.0.price` was 5"),
        ({"none": [{"var": "items"}, EXPENSIVE]}, ITEMS, "", "item 2 of `items` fits: `items.1.price` was 50"),
        ({">": [{"+": [SCORE, 1]}, 75]}, LEAD, "", "`lead.score` + 1 was 71 and the trigger asks for more than 75"),
        ({">": [SCORE, {"var": "limit"}]}, {**LEAD, "limit": 80}, "", "asks for more than `limit`, which was 80"),
        ({"<": [{"var": "due"}, "2026-02-01"]}, {"due": "2026-02-03"}, "", 'asks for a date before "2026-02-01"'),
        (
            {"all": [{"var": "items"}, {"and": [True, EXPENSIVE]}]},
            ITEMS,
            "",
            "`items.0.price` was 5 and the trigger asks",
        ),
        ({"!": {"merge": [{"missing": ["a"]}]}}, LEAD, "", "`a` is missing and the trigger requires it"),
        (False, LEAD, "", "the trigger has the constant false here"),
        ({"==": [1, 2]}, LEAD, "", "1 == 2 compares constants, so it is false for every event"),
        ({"and": []}, LEAD, "", "`and` has no clauses, which counts as false"),
        (
            {"or": [{">": [SCORE, 75]}, {"!": {"!": {"==": [SOURCE, "web"]}}}]},
            LEAD,
            "/or/0",
            "no alternative holds: `lead.score` was 70 and the trigger asks for more than 75; `lead.source` was",
        ),
        (
            {"!": {"and": [{"==": [SOURCE, "linkedin"]}, {">": [SCORE, 50]}]}},
            LEAD,
            "/!/and/0",
            'asks that not all of these hold: `lead.source` was "linkedin"; `lead.score` was 70, which is more than 50',
        ),
        (
            {"or": [{"==": [SOURCE, "a"]}, {"==": [SOURCE, "b"]}, {"var": "vip"}]},
            LEAD,
            "/or/0",
            '`lead.source` was "linkedin" and the trigger asks for "a" or "b"; `vip` is missing and the trigger asks',
        ),
        (
            {"some": [{"var": "items"}, {"and": [{"==": [{"var": "price"}, 50]}, {"var": "stock"}]}]},
            ITEMS,
            "",
            "`items.1.stock` is missing and the trigger asks for it",
        ),
        ({"<": [1, 2, {"var": "c"}]}, {"c": 1}, "", "`c` was 1 and the trigger asks for more than 2"),
        ({"<=": [{"var": "a"}, SCORE, {"var": "b"}]}, {**LEAD, "a": 1, "b": 2}, "", "from `a` (1) to `b` (2)"),
        ({"!": {"in": [SOURCE, ["linkedin", "x"]]}}, LEAD, "", 'asks for anything but "linkedin" or "x"'),
        ({"in": [SOURCE, []]}, LEAD, "", "asks for a member of an empty list"),
        ({"in": ["eu", {"var": "tags"}]}, LEAD, "", 'asks for a list or a text that contains "eu"'),
        ({"==": [{"var": "on"}, "true"]}, {"on": True}, "", '`on` was true and the trigger asks for the text "true"'),
        ({"==": [{"var": "n"}, "null"]}, {"n": None}, "", '`n` was null and the trigger asks for the text "null"'),
        ({">": [{"var": "n"}, "9"]}, {"n": "10"}, "", '`n` was "10" and the trigger asks for a text after "9"'),
        ({"===": [{"var": "n"}, "9"]}, {}, "", '`n` is missing and the trigger asks for "9"'),
        ({">": [{"var": "n"}, "9"]}, {"n": 5}, "", 'asks for more than "9"'),
        ({">": [{"var": "d"}, "2026-12-01"]}, {"d": "2026-11-30T07:00Z"}, "", 'a date after "2026-12-01"'),
        ({"<": [{"var": "d"}, "2026-12-01"]}, {"d": "30.11.2026"}, "", 'asks for a text before "2026-12-01"'),
        ({"missing": ["lead"]}, LEAD, "", "`lead` is there and the trigger asks that it is missing"),
        (
            {"missing_some": [1, ["lead"]]},
            LEAD,
            "",
            "at least 1 of `lead` is there and the trigger asks that fewer are",
        ),
    ],
)
def test_sentence_names_the_clause_that_fails(rule: Any, event: Any, pointer: str, words: str) -> None:
    explanation = explain(rule, event)

    assert explanation.decision == "not_matched"
    assert explanation.first_failing == pointer
    assert words in (explanation.first_failing_words or "")
    assert explanation.sentence.startswith(f"It did not start because {explanation.first_failing_words}.")


def test_cheap_decision_agrees_with_the_explanation() -> None:
    rule = {"and": [{"==": [SOURCE, "linkedin"]}, {">": [SCORE, 75]}]}

    decision, miss, _ = decide(compile_rule(rule), LEAD)

    assert decision == "not_matched"
    assert miss is not None
    assert miss.is_near
    assert describe_miss(rule, miss, LEAD) == explain(rule, LEAD).first_failing_words


def test_match_names_the_clauses_that_hold() -> None:
    explanation = explain({"and": [{"==": [SOURCE, "linkedin"]}, {"<": [{"var": "n"}, 5]}]}, LEAD)

    assert (explanation.decision, explanation.first_failing, explanation.failing) == ("matched", None, 0)
    assert explanation.sentence == (
        'It matches: `lead.source` was "linkedin"; `n` is missing, which counts as less than 5.'
    )


@pytest.mark.parametrize(
    ("rule", "event", "sentence"),
    [
        ({"!=": [SOURCE, "x"]}, LEAD, 'It matches: `lead.source` was "linkedin", which is not "x".'),
        ({"none": [{"var": "items"}, EXPENSIVE]}, {}, "It matches: `items` is missing, so no item of it fits."),
        ({">": [{"var": "n"}, "10"]}, {"n": "9"}, 'It matches: `n` was "9", which is a text after "10".'),
    ],
)
def test_sentence_about_a_match_states_the_values(rule: Any, event: Any, sentence: str) -> None:
    assert explain(rule, event).sentence == sentence


def test_rule_that_is_stopped_gave_up() -> None:
    explanation = explain({"*": []}, {})

    assert explanation.decision == "error"
    assert explanation.sentence == "The trigger gave up: The operator '*' needs at least one argument."


@pytest.mark.parametrize("rule", [None, {}])
def test_empty_rule_is_met_by_no_event(rule: Any) -> None:
    assert "empty" in explain(rule, LEAD).sentence


def test_metadata_is_read_as_event() -> None:
    rule = {"==": [{"var": "$event.type"}, "order.paid"]}

    assert explain(rule, {}, {"type": "order.paid"}).decision == "matched"
    assert "`$event.type` was null" in explain(rule, {}, {"type": None}).sentence

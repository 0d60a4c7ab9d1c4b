"""Paths of a trigger that no recent event has."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.path_lint import warn_unseen_paths

KNOWN = {("lead",), ("lead", "score"), ("items",)}


def warnings(rule: Any, known: Any = KNOWN) -> list[tuple[str, str]]:
    return [(each.pointer, each.message) for each in warn_unseen_paths(rule, known, "The trigger", "/trigger")]


def test_path_that_no_event_has_is_warned_with_the_likely_one() -> None:
    rule = {"and": [{">": [{"var": "lead.scroe"}, 5]}, {"<": [{"var": "lead.scroe"}, 9]}]}

    (found,) = warnings(rule)

    assert found == (
        "/trigger/and/0/>/0/var",
        "The trigger reads `lead.scroe`, which none of the newest events has. Did you mean `lead.score`?",
    )


@pytest.mark.parametrize(
    "rule",
    [
        {">": [{"var": "lead.score"}, 5]},
        {"==": [{"var": "$event.type"}, "x"]},
        {"some": [{"var": "items"}, {">": [{"var": "price"}, 5]}]},
        {"==": [{"var": "items.0.price"}, 5]},
        {">": [{"var": "items.length"}, 5]},
        {"var": {"var": "lead"}},
        {"var": ""},
        True,
        None,
    ],
)
def test_path_that_events_may_have_is_not_warned(rule: Any) -> None:
    assert warnings(rule) == []


def test_nothing_is_said_without_events() -> None:
    assert warnings({"var": "nope"}, known=()) == []

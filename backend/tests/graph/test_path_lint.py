"""Paths of triggers and conditions that no recent event has."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.path_lint import EventCondition, warn_unseen_conditions, warn_unseen_paths

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


def condition(node_id: str, *, of_payload: bool, given: frozenset[str] = frozenset()) -> EventCondition:
    rule = {">": [{"var": "lead.scroe"}, 5]}
    return EventCondition(rule, f"Node {node_id}: condition", f"/{node_id}", node_id, of_payload, given)


@pytest.mark.parametrize(("starts_by_event", "warned"), [(True, ["case", "wait"]), (False, ["wait"])])
def test_conditions_are_warned_where_they_read_events(starts_by_event: bool, warned: list[str]) -> None:
    conditions = [condition("case", of_payload=True), condition("wait", of_payload=False)]

    found = warn_unseen_conditions(conditions, KNOWN, starts_by_event=starts_by_event)

    assert [problem.node_id for problem in found] == warned
    assert found[-1].message == (
        "Node wait: condition reads `lead.scroe`, which none of the newest events has. Did you mean `lead.score`?"
    )


def test_parameter_of_a_workflow_is_not_warned() -> None:
    conditions = [condition("case", of_payload=True, given=frozenset({"lead"}))]

    assert warn_unseen_conditions(conditions, KNOWN, starts_by_event=True) == []

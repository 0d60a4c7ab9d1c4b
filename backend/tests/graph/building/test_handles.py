"""Edges that are not followed when their author expects it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.drawing import built, document, walk


#   a ──hot─▶ b, ──ice─▶ c, ──c1─▶ d, ──else─▶ e, ──error─▶ f, ──left─▶ g
#   and a has the cases hot (its id is c1, its next g) and else
def test_edge_from_a_handle_that_no_case_has_is_warned_of() -> None:
    cases = [{"label": "hot", "id": "c1", "next": "g"}, {"else": True}]
    drawn = document(
        *("a:hot>b", "a:ice>c", "a:c1>d", "a:else>e", "a!f", "a:left>g"), types={"a": "branch"}, a={"cases": cases}
    )

    assert [(p.code, p.pointer) for p in built(drawn).warnings] == [("UNKNOWN_HANDLE", "/edges/1/sourceHandle")]


def test_handle_is_not_warned_without_known_cases() -> None:
    assert built(document("a:x>b", types={"a": "branch"})).warnings == []
    assert built(document("a:x>b", a={"cases": [{"label": "y"}]})).warnings == []


#   a ──approve─▶ b        a is an approval, whose handles are approved, rejected, timeout and error
@pytest.mark.parametrize("handle", ["approve", "success", "null", "yes", "Approved"])
def test_handle_that_the_type_lacks_is_warned(handle: str) -> None:
    (problem,) = built(document(f"a:{handle}>b", types={"a": "human_approval"})).warnings

    assert (problem.code, problem.node_id, problem.pointer) == ("UNKNOWN_HANDLE", "a", "/edges/0/sourceHandle")
    assert problem.message == (
        f'The edge from a to b is not followed: human_approval has no handle "{handle}"; '
        "the handles are approved, error, rejected, timeout."
    )


@pytest.mark.parametrize("handle", ["approved", "rejected", "timeout", "error"])
def test_handle_of_the_type_is_not_warned(handle: str) -> None:
    assert built(document(f"a:{handle}>b", "a>c", types={"a": "human_approval"})).warnings == []


#   a ──failure─▶ b        a does not choose, so b runs when a succeeds
@pytest.mark.parametrize("handle", ["failure", "Error", "on_error", "catch", "failed", "false"])
def test_handle_of_node_that_does_not_choose_is_warned(handle: str) -> None:
    (problem,) = built(document(f"a:{handle}>b")).warnings

    assert (problem.code, problem.node_id, problem.pointer) == ("HANDLE_DECIDES_NOTHING", "a", "/edges/0/sourceHandle")


def test_handle_that_only_places_an_edge_is_not_warned() -> None:
    assert built(document("a:right>b", "a:source-1>c", "a:success>d", "a:null>e")).warnings == []


#   b ╌next╌▶ x, ╌next╌▶ y        one of the cases is always taken
#   b ──────▶ l ──▶ m
def test_node_that_no_case_leads_to_is_warned() -> None:
    cases = [{"label": "a", "condition": {"var": "k"}, "next": "x"}, {"else": True, "next": "y"}]
    found = built(document("b>l", "l>m", "x", "y", types={"b": "branch"}, b={"cases": cases}))

    (problem,) = found.warnings
    assert (problem.code, problem.node_id, problem.pointer) == ("NEVER_RUNS", "l", "/nodes/1")
    assert "l" not in walk(found.graph, choices={"b": "→y"}).completed


@pytest.mark.parametrize(
    "cases",
    [
        [{"label": "a", "condition": {"var": "k"}, "next": "x"}],
        [{"label": "a", "condition": {"var": "k"}, "next": "x"}, {"else": True}],
        [{"else": True, "next": "l"}],
    ],
)
def test_node_that_some_case_leads_to_is_not_warned(cases: Any) -> None:
    assert built(document("b>l", "x", types={"b": "branch"}, b={"cases": cases})).warnings == []

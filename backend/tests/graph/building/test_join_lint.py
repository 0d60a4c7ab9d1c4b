"""Joins that no run can bring enough edges to."""

from __future__ import annotations

from typing import Any

from app.graph.building.build import Built
from app.graph.dialects.graph.compile import compile_nodes
from tests.graph.drawing import TYPES, document


def codes(*edges: str, **data: Any) -> list[tuple[str, str | None]]:
    built: Built = compile_nodes(document(*edges, **data), TYPES)
    return [(problem.code, problem.node_id) for problem in built.warnings]


#          ┌─▶ b ─┐
#   a ─────┤      ├─▶ d      a is a branch: one of b and c runs
#          └─▶ c ─┘
def test_join_of_cases_that_exclude_each_other_is_warned() -> None:
    edges = ("a?b", "a?c", "b>d", "c>d")

    assert codes(*edges, d={"join": {"at_least": 2}}) == [("JOIN_DEADLOCK", "d")]
    assert codes(*edges, d={"join": "all"}) == []
    assert codes(*edges, d={"join": "any"}) == []


def test_join_that_another_path_can_meet_is_not_warned() -> None:
    assert codes("s>a", "s>e", "a?b", "a?c", "b>d", "c>d", "e>d", d={"join": {"at_least": 2}}) == []
    assert codes("a>b", "a>c", "b>d", "c>d", d={"join": {"at_least": 2}}) == []


def test_success_and_failure_of_a_node_exclude_each_other() -> None:
    assert codes("a>b", "a!c", "b>d", "c>d", d={"join": {"at_least": 2}}) == [("JOIN_DEADLOCK", "d")]


def test_join_behind_a_loop_is_not_judged() -> None:
    assert codes("s>a", "a>b", "b?a", "b?c", "b?d", "c>e", "d>e", e={"join": {"at_least": 2}}) == []


def test_more_edges_than_there_are_keeps_its_own_warning() -> None:
    assert codes("a>b", "a>c", "b>d", "c>d", d={"join": {"at_least": 3}}) == [("JOIN_NEVER_MET", "d")]

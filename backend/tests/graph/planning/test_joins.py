"""Joins: when they run and when they are skipped."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from app.graph.planning import plan
from app.graph.planning.plan import Ledger, Outcome, Visit
from tests.graph.drawing import built, document, graph, walk

THREE = ("a>b", "a>c", "a>d", "b>j", "c>j", "d>j", "j>z")


#        ┌─▶ b ─┐
#   a ───┼─▶ c ─┼─▶ j ──▶ z
#        └─▶ d ─┘
@pytest.mark.parametrize("slow", ["b", "c", "d"])
def test_join_waits_for_all_of_its_paths(slow: str) -> None:
    run = walk(graph(*THREE), slow=[slow])

    assert run.completed[-3:] == [slow, "j", "z"]
    assert run.completed.count("j") == 1
    assert run.leftover == {}


def test_join_all_is_the_default() -> None:
    assert graph(*THREE, j={"join": "all"}).nodes["j"].join is None


@pytest.mark.parametrize("slow", ["b", "c", "d"])
def test_any_runs_the_join_at_the_first_and_ignores_the_rest(slow: str) -> None:
    run = walk(graph(*THREE, j={"join": "any"}), slow=[slow])

    assert run.completed.index("j") < run.completed.index(slow)
    assert run.completed.count("j") == 1
    assert run.leftover == {}


@pytest.mark.parametrize("slow", ["b", "c", "d"])
def test_at_least_runs_the_join_at_the_nth(slow: str) -> None:
    run = walk(graph(*THREE, j={"join": {"at_least": 2}}), slow=[slow])

    others = {"b", "c", "d"} - {slow}
    assert max(run.completed.index(other) for other in others) < run.completed.index("j")
    assert run.completed.index("j") < run.completed.index(slow)
    assert run.leftover == {}


#        ┌─▶ b ─────┐
#   a ───┼─▶ c ?─x──┼─▶ j ──▶ z        j waits for two
#        └─▶ d ?─x──┘
def test_at_least_is_skipped_when_out_of_reach() -> None:
    drawn = graph(
        "a>b", "a>c", "a>d", "b>j", "c:x>j", "d:x>j", "j>z",
        types={"c": "branch", "d": "branch"}, j={"join": {"at_least": 2}},
    )  # fmt: skip

    run = walk(drawn, slow=["b"])

    assert (run.status, run.completed, run.skipped) == ("COMPLETED", ["a", "c", "d", "b"], ["j", "z"])
    assert run.leftover == {}


@pytest.mark.parametrize("edges", [("a>j",), ("a>j", "b>j")])
def test_join_needing_too_many_edges_is_skipped_and_warned(edges: tuple[str, ...]) -> None:
    found = built(document(*edges, j={"join": {"at_least": 3}}))

    assert [(p.code, p.node_id) for p in found.warnings] == [("JOIN_NEVER_MET", "j")]
    assert walk(found.graph).skipped == ["j"]


def test_entry_ignores_its_join() -> None:
    found = built(document("a>b", a={"join": {"at_least": 3}}))

    assert found.warnings == []
    assert walk(found.graph).completed == ["a", "b"]


#         ┌─▶ b ──▶ c ──▶ d ─┐
#   a ?───┤                  ├─▶ j
#         └─▶ e ─────────────┘
def test_dead_path_is_skipped_to_the_next_join() -> None:
    drawn = graph("a?b", "b>c", "c>d", "d>j", "a?e", "e>j")

    moves = plan.plan_successors(drawn, Ledger(), Visit("a"), Outcome.COMPLETED, "#e")

    assert [turn.node for turn in moves.skipped] == ["b", "c", "d"]
    assert [turn.node for turn in moves.started] == ["e"]
    assert walk(drawn, choices={"a": "e"}).completed == ["a", "e", "j"]


#         ┌─▶ b ─┐
#   a ?───┤      ├─▶ j ──▶ k        neither b nor c is chosen
#         └─▶ c ─┘
@pytest.mark.parametrize("join", ["all", "any", {"at_least": 2}])
def test_join_that_no_path_reaches_is_skipped(join: Any) -> None:
    run = walk(graph("a?b", "a?c", "b>j", "c>j", "j>k", j={"join": join}))

    assert run.completed == ["a"]
    assert sorted(run.skipped) == ["b", "c", "j", "k"]
    assert run.leftover == {}


#   a ──▶ b ?─x─▶ c ─┐
#   │                ├─▶ j        the dead path ends at j, the living one does not
#   └─────▶ d ───────┘
def test_join_runs_if_one_path_was_taken() -> None:
    drawn = graph("a>b", "b:x>c", "c>j", "a>d", "d>j", types={"b": "branch"})

    run = walk(drawn, slow=["b"])

    assert run.completed == ["a", "d", "b", "j"]
    assert run.skipped == ["c"]


#        ┌────────┐
#   a ───┤        ├─▶ b
#        └────────┘
def test_parallel_edges_are_two_arrivals() -> None:
    assert walk(graph("a>b", "a>b")).completed == ["a", "b"]
    assert walk(graph("a>b", "a>b", b={"join": {"at_least": 2}})).completed == ["a", "b"]
    assert walk(graph("a:x>b", "a:y>b", types={"a": "branch"}), choices={"a": "y"}).completed == ["a", "b"]


#        ┌─▶ b1 … b300 ─┐
#   a ───┤              ├─▶ j
#        └──────────────┘
def test_wide_fan_in_joins_once() -> None:
    names = [f"b{i}" for i in range(300)]
    drawn = graph(*[f"a>{name}" for name in names], *[f"{name}>j" for name in names])

    run = walk(drawn, chance=Random(1))

    assert run.completed[-1] == "j"
    assert len(run.completed) == 302


#   a ──▶ b        a ──▶ c ──▶ d (slow)
def test_execution_ends_when_no_path_is_left() -> None:
    run = walk(graph("a>b", "a>c", "c>d"), slow=["c", "d"])

    assert run.completed == ["a", "b", "c", "d"]
    assert run.status == "COMPLETED"


#         ┌─────────────────────┐
#         ▼  ┌─▶ x ─┐           │
#   s ──▶ h ─┼──────┴─▶ ↺h ──▶ c ─▶ e        a join is called as the ledger might call the loop
#            └─▶ out
def test_ledger_distinguishes_nodes_and_loops() -> None:
    drawn = graph("s>h", "h>x", "h>↺h", "x>↺h", "↺h>c", "c?h", "c?e", "h>out")

    run = walk(drawn, choices={"c": ["h", "e"]}, slow=["x"])

    assert run.started[:-2] == ["s", "h#1", "x#1", "↺h#1", "c#1", "h#2", "x#2", "↺h#2", "c#2"]
    assert sorted(run.started[-2:]) == ["e", "out"]
    assert run.leftover == {}


def test_moves_touch_only_the_joins_after_the_node() -> None:
    read: list[plan.Key] = []
    wide = graph("a>j", *[f"b{i}>j" for i in range(50)], *[f"b{i}>k" for i in range(50)])

    ledger = Ledger(load=read.append)  # type: ignore[arg-type,func-returns-value]
    plan.plan_successors(wide, ledger, Visit("a"), Outcome.COMPLETED)

    assert len(read) == 1
    assert len(ledger.changed) == 1

"""The part of a graph that a test walks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.graph.building.part import cut_graph
from app.graph.model import Graph
from app.graph.planning.choices import leads_on
from app.graph.planning.plan import Outcome
from tests.graph.drawing import built, document, walk


def cut(node: str, *edges: str, types: Mapping[str, str] | None = None, **data: Any) -> Graph:
    return cut_graph(built(document(*edges, types=types, **data)), node)


#        ┌─▶ b ──▶ d ──▶ f
#   a ───┤        ▲
#        └─▶ c ───┘──▶ e            until d
def test_nodes_on_the_ways_run_and_no_others() -> None:
    graph = cut("d", "a>b", "a>c", "b>d", "c>d", "c>e", "d>f")

    run = walk(graph)

    assert graph.part == {"a", "b", "c", "d"}
    assert sorted(run.completed) == ["a", "b", "c", "d"]
    assert run.skipped == []
    assert not leads_on(graph, "d", Outcome.COMPLETED, None)


#   a ──▶ r ─┬─ x ──▶ n
#            ├─ y ──▶ m
#            └─────▶ d ──▶ n        until n
def test_choice_is_made_between_all_edges() -> None:
    drawn = ("a>r", "r:x>n", "r:y>m", "r>d", "d>n")

    graph = cut("n", *drawn, types={"r": "branch"})

    assert walk(graph, choices={"r": "x"}).completed == ["a", "r", "n"]
    elsewhere = walk(graph, choices={"r": "y"})
    assert (elsewhere.completed, elsewhere.skipped) == (["a", "r"], ["d", "n"])
    assert walk(graph).completed == ["a", "r", "d", "n"]


#   a ─┬──────▶ n
#      └ error ▶ e                  until n
def test_failure_that_leads_elsewhere_is_caught() -> None:
    run = walk(cut("n", "a>n", "a!e"), fails=["a"])

    assert (run.status, run.completed, run.skipped) == ("COMPLETED", [], ["n"])


#   a ──▶ h ──▶ b ──▶ c ──▶ z
#         ▲           │
#         └─── again ─┘             until b, and until z
def test_loop_is_entered_once_or_left() -> None:
    drawn = ("a>h", "h>b", "b>c", "c:again>h", "c:done>z")

    inside, after = (cut(node, *drawn, types={"c": "branch"}) for node in ("b", "z"))

    assert inside.part == {"a", "h", "b"}
    assert walk(inside).completed == ["a", "h", "b"]
    run = walk(after, choices={"c": ["again", "done"]})
    assert run.completed == ["a", "h", "b", "c", "h", "b", "c", "z"]


def test_node_that_no_entry_reaches_stands_alone() -> None:
    graph = cut("x", "start>a", "x>y", types={"start": "start"})

    assert graph.part == {"x"}
    assert walk(graph).completed == []
    assert graph.nodes["x"].id == "x"

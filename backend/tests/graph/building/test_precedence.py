"""Which nodes can have run before which: what a template may refer to."""

from __future__ import annotations

import time

from hypothesis import given

from app.graph.building.precedence import Precedence
from app.graph.model import Graph
from tests.graph.drawing import graph
from tests.graph.graphs_by_chance import cyclic, examples


def before(drawn: Graph, node: str) -> set[str]:
    precedence = Precedence(drawn)
    return {earlier for earlier in drawn.nodes if precedence.allows(earlier, node)}


#        ┌─▶ b ─┐
#   a ───┤      ├─▶ d
#        └─▶ c ─┘
def test_ancestors_of_a_node_may_have_run() -> None:
    diamond = graph("a>b", "a>c", "b>d", "c>d")

    assert before(diamond, "a") == set()
    assert before(diamond, "b") == {"a"}
    assert before(diamond, "d") == {"a", "b", "c"}


#         ┌────again────┐
#         ▼             │
#   s ──▶ work ──▶ check ──▶ done
def test_loop_nodes_may_precede_each_other() -> None:
    drawn = graph("s>work", "work>check", "check?work", "check?done")

    assert before(drawn, "work") == before(drawn, "check") == {"s", "work", "check"}
    assert before(drawn, "done") == {"s", "work", "check"}
    assert before(drawn, "s") == set()


#   a ──▶ b        undo
def test_before_a_compensation_everything_can_have_run() -> None:
    assert before(graph("a>b", "undo", a={"compensate": "undo"}), "undo") == {"a", "b", "undo"}


def test_node_that_does_not_exist_has_not_run() -> None:
    assert not Precedence(graph("a>b")).allows("nobody", "b")


@examples(100)
@given(drawn=cyclic())
def test_precedence_equals_backward_search(drawn: Graph) -> None:
    precedence = Precedence(drawn)

    for node in drawn.nodes:
        found: set[str] = set()
        work = [node]
        while work:
            current = work.pop()
            new = {edge.source for edge in (*drawn.into[current], *drawn.back[current])} - found
            found |= new
            work += new
        assert {earlier for earlier in drawn.nodes if precedence.allows(earlier, node)} == found


def test_long_chain_is_planned_quickly() -> None:
    chain = graph(*[f"n{i}>n{i + 1}" for i in range(9_999)])
    begun = time.process_time()

    precedence = Precedence(chain)

    assert precedence.allows("n0", "n9999")
    assert not precedence.allows("n9999", "n0")
    assert time.process_time() - begun < 2

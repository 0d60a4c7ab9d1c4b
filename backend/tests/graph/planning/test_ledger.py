"""Edges out of loops are stored by keys that do not depend on the numbers of edges."""

from __future__ import annotations

from app.graph.planning import plan
from app.graph.planning.plan import JoinCount, Ledger, Outcome, Visit
from tests.graph.drawing import graph


def test_key_names_source_handle_and_target() -> None:
    loop = graph("s>a", "a>b", "b?a", "b?c", "b:out>d", "b:out>d")

    assert sorted(loop.exit_edges) == ['["b", "c", "c"]', '["b", "out", "d"]', '["b", "out", "d"]#2']
    assert all(loop.edges[index] == loop.exit_edges[key] for index, key in loop.exit_keys.items())


#   a ──▶ b ◀─┐         c is taken in the first turn, the loop is left in the second
#         b ──┤ ──▶ c
def test_numbers_of_edges_that_older_releases_stored_are_read() -> None:
    loop = graph("a>b", "b?b", "b:on>c", types={"b": "branch"})
    number = next(edge.index for edge in loop.edges if edge.target == "c")
    ledger = Ledger(load=lambda key: JoinCount(held=((str(~number), True),)), visits={"b": 2})

    moves = plan.plan_successors(loop, ledger, Visit("b", (2,)), Outcome.COMPLETED, None)

    assert [turn.node for turn in moves.started] == ["c"]

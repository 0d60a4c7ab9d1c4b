"""Properties of the planner on random graphs, outcomes and orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from hypothesis import given

from app.graph.building.build import build
from app.graph.model import Edge, Graph
from app.graph.planning import plan
from app.graph.planning.plan import Visit
from tests.graph.drawing import Run, walk
from tests.graph.graphs_by_chance import SEEDS, cyclic, dags, examples

#: From this visit on a test chooses nothing and fails nowhere, so that its loops end.
ENOUGH = 4


@dataclass(frozen=True)
class Luck:
    """Outcomes that depend on the turn alone, and not on when it comes."""

    graph: Graph
    seed: int
    #: False: only failures that something catches.
    may_fail: bool = False

    def choose(self, turn: Visit) -> str | None:
        if turn.visit >= ENOUGH:
            return None
        edges = [edge for edge in self.graph.out[turn.node] if edge.handle != "error"]
        back = [edge.handle for edge in edges if edge.target in self.graph.nodes[turn.node].loops]
        return Random(f"{self.seed}{turn}").choice([*(edge.handle for edge in edges), *back * 3, None, "→nowhere"])

    def fails(self, turn: Visit) -> bool:
        caught = plan.catches(self.graph, turn.node) or self.graph.nodes[turn.node].continue_on_error
        if turn.visit >= ENOUGH or not (caught or self.may_fail):
            return False
        return Random(f"{self.seed}fails{turn}").random() < 0.3

    def walk(self, order: int, *, recompiled: Graph | None = None) -> Run:
        chance = Random(order)
        return walk(self.graph, choices=self.choose, fails=self.fails, chance=chance, recompiled=recompiled)


def _taken(graph: Graph, run: Run) -> Iterator[tuple[Edge, Visit]]:
    for turn, (outcome, branch) in run.fates.items():
        yield from ((edge, turn) for edge, taken in plan.follow_edges(graph, turn.node, outcome, branch) if taken)


def _has_cause(graph: Graph, run: Run, turn: Visit) -> bool:
    """An entry in its first turn, or a taken edge from a turn in the same turns of the loops around both."""
    if turn.node in graph.entries and turn.visit == 1:
        return True
    return any(edge.target == turn.node and _belongs(graph, edge, before, turn) for edge, before in _taken(graph, run))


def _belongs(graph: Graph, edge: Edge, before: Visit, turn: Visit) -> bool:
    source, target = graph.nodes[edge.source], graph.nodes[edge.target]
    if target.id in source.loops:
        depth = target.loops.index(target.id)
        return before.scope[:depth] == turn.scope[:depth] and before.scope[depth] < turn.scope[depth]
    shared = sum(header in target.loops for header in source.loops)
    return before.scope[:shared] == turn.scope[:shared]


def _check(graph: Graph, run: Run) -> None:
    if run.status == "FAILED":
        return
    assert run.leftover == {}
    assert run.ran <= run.fates.keys()
    assert {turn.node for turn in run.fates} == set(graph.nodes)
    assert all(_has_cause(graph, run, turn) for turn in run.ran)


# --- every graph ------------------------------------------------------------------------------------------------


@examples(100)
@given(graph=dags(), seed=SEEDS, order=SEEDS)
def test_acyclic_graph_ends_on_every_path(graph: Graph, seed: int, order: int) -> None:
    run = Luck(graph, seed).walk(order)

    assert run.status == "COMPLETED"
    assert len(run.fates) == len(graph.nodes)
    _check(graph, run)


@examples(100)
@given(graph=dags(), seed=SEEDS, order=SEEDS)
def test_acyclic_node_runs_when_enough_edges_are_taken(graph: Graph, seed: int, order: int) -> None:
    run = Luck(graph, seed).walk(order)

    taken = [edge.target for edge, _ in _taken(graph, run)]
    for id, node in graph.nodes.items():
        assert (Visit(id) in run.ran) == (id in graph.entries or taken.count(id) >= (node.join or 1))


@examples(400)
@given(graph=cyclic(), seed=SEEDS, order=SEEDS)
def test_random_graph_with_loops_ends_on_every_path(graph: Graph, seed: int, order: int) -> None:
    run = Luck(graph, seed).walk(order)

    assert run.status == "COMPLETED"
    _check(graph, run)


@examples(100)
@given(graph=cyclic(), seed=SEEDS, order=SEEDS)
def test_uncaught_failure_ends_the_execution(graph: Graph, seed: int, order: int) -> None:
    run = Luck(graph, seed, may_fail=True).walk(order)

    uncaught = [id for id in run.failed if not (plan.catches(graph, id) or graph.nodes[id].continue_on_error)]
    assert (run.status == "FAILED") == bool(uncaught)
    _check(graph, run)


@examples(300)
@given(graph=cyclic(joins=False), seed=SEEDS, order=SEEDS, other=SEEDS)
def test_joins_for_all_ignore_the_order_of_settling(graph: Graph, seed: int, order: int, other: int) -> None:
    luck = Luck(graph, seed)

    assert luck.walk(order).fates == luck.walk(other).fates


@examples(100)
@given(graph=cyclic(joins=False), seed=SEEDS, order=SEEDS)
def test_joins_for_all_follow_every_taken_exit(graph: Graph, seed: int, order: int) -> None:
    run = Luck(graph, seed).walk(order)

    ran = {turn.node for turn in run.ran}
    assert all(edge.target in ran for edge, _ in _taken(graph, run))


@examples(200)
@given(graph=cyclic(), seed=SEEDS, order=SEEDS)
def test_execution_continues_when_edges_are_numbered_anew(graph: Graph, seed: int, order: int) -> None:
    edges = [replace(edge, index=number) for number, edge in enumerate(reversed(graph.edges))]
    renumbered = build(list(graph.nodes.values()), edges, pointers={}, entries=graph.entries).graph

    run = Luck(graph, seed).walk(order, recompiled=renumbered)

    assert run.status in ("COMPLETED", "FAILED")
    _check(graph, run)

"""Random executions that are moved, half-way, to a random other version of their graph."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from hypothesis import assume, given

from app.engine.walk.inputs import format_scope
from app.errors import InvalidDefinition
from app.graph.model import Graph
from app.graph.planning.ledger import Ledger, Visit
from app.graph.planning.plan import Moves, Outcome, catches, choose, plan_start, plan_successors
from app.graph.planning.replay import RecordedVisit
from app.storage.statuses import StepStatus
from app.why.migrate import find_difference
from tests.graph.drawing import built
from tests.graph.graphs_by_chance import SEEDS, cyclic, examples
from tests.graph.planning.test_random_graphs import Luck
from tests.long import SOAK

PAIRS = 1_000 if SOAK else 300


@dataclass
class Walk:
    """An execution on the plan: one visit after the other is settled, in an order that only the visits decide."""

    graph: Graph
    seed: int
    order: int
    ledger: Ledger = field(default_factory=Ledger)
    live: set[Visit] = field(default_factory=set)
    skipped: set[Visit] = field(default_factory=set)
    #: In the order in which they were settled.
    recorded: dict[Visit, RecordedVisit] = field(default_factory=dict)
    overrun: bool = False
    #: When each visit was started: the number of visits that were settled by then.
    began: dict[Visit, float] = field(default_factory=dict)

    def begin(self) -> Walk:
        self._add(plan_start(self.graph, self.ledger))
        return self

    def go_on(self, most: int = 10_000) -> Walk:
        """Settle visits until none is live, or so many are settled."""
        while self.live and len(self.recorded) < most and not self.overrun:
            visit = min(self.live, key=lambda each: Random(f"{self.order}{each}").random())
            self.settle(visit, self._outcome_of(visit))
        return self

    def settle(self, visit: Visit, record: RecordedVisit) -> None:
        self.live.remove(visit)
        order = len(self.recorded)
        self.recorded[visit] = replace(record, order=order, started=self.began[visit], settled=order + 1.0)
        failed = record.failed and catches(self.graph, visit.node)
        outcome = Outcome.CAUGHT if failed else Outcome.COMPLETED
        self._add(plan_successors(self.graph, self.ledger, visit, outcome, record.branch))

    def under(self, graph: Graph) -> Walk:
        """The same execution, with what is stored of it, under another graph."""
        known, visits = {key: count for key, count in self.ledger.changed.items() if count}, dict(self.ledger.visits)
        ledger = Ledger(load=known.get, visits=visits)
        ledger.changed.update(known)
        return replace(
            self,
            graph=graph,
            ledger=ledger,
            live=set(self.live),
            skipped=set(self.skipped),
            recorded=dict(self.recorded),
            began=dict(self.began),
        )

    def _outcome_of(self, visit: Visit) -> RecordedVisit:
        luck = Luck(self.graph, self.seed)
        if luck.fails(visit):
            return RecordedVisit(True, None, 0)
        chosen = luck.choose(visit) if self.graph.nodes[visit.node].traits.chooses else None
        if chosen is None or chosen.startswith("→"):
            return RecordedVisit(False, None, 0)
        return RecordedVisit(False, choose(self.graph, visit.node, handles=(chosen,)), 0)

    def _add(self, moves: Moves) -> None:
        self.live.update(moves.started)
        self.began.update(dict.fromkeys(moves.started, float(len(self.recorded))))
        self.skipped.update(moves.skipped)
        self.overrun = self.overrun or moves.overrun is not None

    @property
    def counts(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """The join counts as their table has them."""
        return {
            (key, format_scope(scope)): (count.taken, count.skipped, count.settled, dict(count.held))
            for (key, scope), count in self.ledger.changed.items()
            if count is not None
        }

    @property
    def state(self) -> Any:
        # A loop that was skipped is not entered again, whichever of its nodes is its header.
        visits = {header: count for header, count in self.ledger.visits.items() if header in self.reached}
        return set(self.recorded), self.live, self.skipped, self.counts, self.overrun, visits

    @property
    def statuses(self) -> dict[Visit, str]:
        return {
            **dict.fromkeys(self.recorded, StepStatus.COMPLETED.value),
            **dict.fromkeys(self.live, StepStatus.WAITING.value),
            **dict.fromkeys(self.skipped, StepStatus.SKIPPED.value),
        }

    @property
    def reached(self) -> set[str]:
        return {visit.node for visit in (*self.recorded, *self.live)}


def is_same_past(old: Walk, new: Graph) -> bool:
    """True if an execution of the new graph with the same outcomes comes to the same state, by the same nodes."""
    fresh = Walk(new, old.seed, old.order).begin()
    for visit, record in old.recorded.items():
        if visit not in fresh.live:
            return False
        fresh.settle(visit, record)
    same_nodes = all(node in new.nodes and _kind(old.graph, node) == _kind(new, node) for node in old.reached)
    return same_nodes and fresh.state == old.state


def _kind(graph: Graph, node: str) -> Any:
    return graph.nodes[node].type, dict(graph.nodes[node].data)


class Changer:
    """Makes another version of a graph by a few random changes."""

    def __init__(self, walk: Walk, chance: Random) -> None:
        graph = walk.graph
        self.chance = chance
        self.entries = set(graph.entries)
        self.loops = {id: node.loops for id, node in graph.nodes.items()}
        self.nodes = {id: {"id": id, "type": n.type, "data": dict(n.data)} for id, n in graph.nodes.items()}
        self.edges = [{"source": e.source, "target": e.target, "sourceHandle": e.handle} for e in graph.edges]
        seen = {visit.node for visit in (*walk.recorded, *walk.skipped)}
        #: Nodes of which nothing has happened, and those that are open for the first time.
        self.ahead = sorted(self.nodes.keys() - seen - {visit.node for visit in walk.live})
        self.open = sorted({visit.node for visit in walk.live} - seen)
        #: Nodes at which something has arrived.
        self.touched = {edge["target"] for edge in self.edges if edge["source"] in seen}

    def change(self, *, ahead: bool) -> Graph:
        """A version with one to three changes; ``ahead``: only of what the execution has not come to."""
        for _ in range(self.chance.randint(1, 3)):
            self.chance.choice([self._set_data, self._set_data, self._add_edge, self._drop_edge, self._add_node])(ahead)
        try:
            graph = built({"nodes": [*self.nodes.values()], "edges": self.edges}).graph
        except InvalidDefinition:
            assume(False)
            raise
        # A loop into which no edge leads any more begins with the execution, or is left out with its edges into nodes
        # at which something has arrived; a loop around such a node changes what has arrived. None of this is ahead.
        assume(not ahead or (set(graph.entries) == self.entries and graph.nodes.keys() == self.nodes.keys()))
        assume(not ahead or all(graph.nodes[id].loops == self.loops[id] for id in self.touched))
        return graph

    def _set_data(self, ahead: bool) -> None:
        nodes = self.ahead if ahead else sorted(self.nodes)
        if not nodes:
            return
        id = self.chance.choice(nodes)
        changes: list[dict[str, Any]] = [{"value": self.chance.random()}]
        if id not in self.touched or not ahead:
            changes.append({"join": self.chance.choice(["all", "any", {"at_least": 2}])})
        node = self.nodes[id]
        self.nodes[id] = {**node, "data": {**node["data"], **self.chance.choice(changes)}}

    def _add_edge(self, ahead: bool) -> None:
        sources, targets = [*self.ahead, *self.open], [id for id in self.ahead if id not in self.touched]
        if not ahead:
            sources = targets = sorted(self.nodes)
        if sources and targets:
            source, target = self.chance.choice(sources), self.chance.choice(targets)
            handle = target if self.nodes[source]["type"] == "branch" else self.chance.choice([None, "error"])
            self.edges.append({"source": source, "target": target, "sourceHandle": handle})

    def _drop_edge(self, ahead: bool) -> None:
        into: dict[str, int] = {}
        for edge in self.edges:
            into[edge["target"]] = into.get(edge["target"], 0) + 1

        def may_go(edge: Any) -> bool:
            known = edge["source"] in (*self.ahead, *self.open) and edge["target"] in self.ahead
            return not ahead or (known and edge["target"] not in self.touched and into[edge["target"]] > 1)

        found = [edge for edge in self.edges if may_go(edge)]
        if found:
            self.edges.remove(self.chance.choice(found))

    def _add_node(self, ahead: bool) -> None:
        sources = [*self.ahead, *self.open] if ahead else sorted(self.nodes)
        if sources:
            id = f"new{len(self.nodes)}"
            source = self.chance.choice(sources)
            handle = "x" if self.nodes[source]["type"] == "branch" else None
            self.nodes[id] = {"id": id, "type": "step", "data": {}}
            self.edges.append({"source": source, "target": id, "sourceHandle": handle})


def walk_half(drawn: Graph, seed: int, order: int) -> Walk:
    walk = Walk(drawn, seed, order).begin().go_on(Random(order).randint(0, len(drawn.nodes)))
    assume(walk.live and not walk.overrun)
    return walk


def difference(walk: Walk, new: Graph) -> tuple[str | None, str]:
    return find_difference(walk.graph, new, walk.statuses, walk.recorded, walk.counts)


def assert_ends_the_same(walk: Walk, new: Graph) -> None:
    """The moved execution ends as one does that ran the new version from the start."""
    fresh = Walk(new, walk.seed, walk.order).begin()
    for visit, record in walk.recorded.items():
        fresh.settle(visit, record)
    assert walk.under(new).go_on().state == fresh.go_on().state


@examples(PAIRS)
@given(drawn=cyclic(), seed=SEEDS, order=SEEDS)
def test_change_of_what_is_ahead_lets_an_execution_move(drawn: Graph, seed: int, order: int) -> None:
    walk = walk_half(drawn, seed, order)

    new = Changer(walk, Random(seed)).change(ahead=True)

    assert difference(walk, new) == (None, "")
    assert_ends_the_same(walk, new)


@examples(PAIRS)
@given(drawn=cyclic(), seed=SEEDS, order=SEEDS)
def test_any_change_is_refused_if_the_past_differs(drawn: Graph, seed: int, order: int) -> None:
    walk = walk_half(drawn, seed, order)

    new = Changer(walk, Random(seed)).change(ahead=False)
    node, reason = difference(walk, new)

    if is_same_past(walk, new):
        assert (node, reason) == (None, "")
        assert_ends_the_same(walk, new)
    else:
        assert node in walk.graph.nodes or node in new.nodes
        assert reason != ""

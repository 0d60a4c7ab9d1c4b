"""Graphs as strings, and a walk through them that remembers between two steps only what the database would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.graph.building.build import Built
from app.graph.dialects.graph.compile import compile_nodes
from app.graph.model import Graph, Traits
from app.graph.planning import plan
from app.graph.planning.plan import JoinCount, Key, Ledger, Moves, Outcome, Visit

TYPES = {
    "start": Traits(),
    "step": Traits(),
    "branch": Traits(chooses=True),
    "human_approval": Traits(chooses=True, handles=("approved", "rejected", "timeout")),
}
#: No walk of a test takes more steps.
ENOUGH = 20_000
#: What a node chooses: a handle, ``→node`` (by ``next``), or None; a list has one for each visit.
Choice = str | None | Sequence[str | None]


def document(*edges: str, types: Mapping[str, str] | None = None, **data: Any) -> dict[str, Any]:
    """
    The document of a drawing: ``a>b`` a plain edge, ``a?b`` one from the handle ``b`` of a branch, ``a!b`` for
    failures, ``a:x>b`` from the handle ``x``, ``a~b`` a case's ``next`` that no edge is drawn for, ``a`` a node.

    A node is of type ``branch`` where it chooses; ``data`` adds to the data of a node.
    """
    found: dict[str, dict[str, Any]] = {}
    drawn = [_edge(edge, found) for edge in edges]
    for id, type in (types or {}).items():
        found.setdefault(id, _new_node(id))["type"] = type
    for id, given in data.items():
        found.setdefault(id, _new_node(id))["data"].update(given)
    return {"nodes": list(found.values()), "edges": [edge for edge in drawn if edge is not None]}


def graph(*edges: str, types: Mapping[str, str] | None = None, **data: Any) -> Graph:
    """The compiled graph of a drawing; see ``document``."""
    return built(document(*edges, types=types, **data)).graph


def built(drawn: Any, *, max_nodes: int = 10_000) -> Built:
    return compile_nodes(drawn, TYPES, max_nodes=max_nodes)


def _new_node(id: str) -> dict[str, Any]:
    return {"id": id, "type": "step", "data": {}}


def _edge(text: str, nodes: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    arrow = next((character for character in text if character in ">?!~"), None)
    if arrow is None:
        nodes.setdefault(text, _new_node(text))
        return None
    left, target = text.split(arrow)
    source, _, handle = left.partition(":")
    node = nodes.setdefault(source, _new_node(source))
    nodes.setdefault(target, _new_node(target))
    if arrow in "?~":
        node["type"] = "branch"
    if arrow == "~":
        node["data"].setdefault("cases", []).append({"label": f"to {target}", "next": target})
        return None
    handles = {"?": target, "!": "error", ">": handle or None}
    return {"source": source, "target": target, "sourceHandle": handles[arrow]}


@dataclass
class Run:
    """What became of an execution."""

    status: str = "RUNNING"
    completed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    #: ``node`` or ``node#visit``, in order of start.
    started: list[str] = field(default_factory=list)
    #: How each turn was settled, and what it took.
    fates: dict[Visit, tuple[Outcome, str | None]] = field(default_factory=dict)
    #: Turns that were started, not skipped.
    ran: set[Visit] = field(default_factory=set)
    #: Tallies that nobody has forgotten.
    leftover: dict[str, Any] = field(default_factory=dict)
    overrun: str | None = None

    def visits(self, node: str) -> int:
        return sum(turn.node == node for turn in self.ran)


class Database:
    """What the tables keep between two transactions."""

    def __init__(self) -> None:
        self.join_counts: dict[str, str] = {}
        self.visits = "{}"

    def ledger(self) -> Ledger:
        return Ledger(load=self._load, visits=json.loads(self.visits))

    def write(self, ledger: Ledger) -> None:
        for key, tally in ledger.changed.items():
            if tally is None:
                self.join_counts.pop(_name(key), None)
            else:
                kept = [tally.taken, tally.skipped, tally.settled, dict(tally.held)]
                self.join_counts[_name(key)] = json.dumps(kept)
        self.visits = json.dumps(ledger.visits)

    def _load(self, key: Key) -> JoinCount | None:
        row = self.join_counts.get(_name(key))
        if row is None:
            return None
        taken, skipped, settled, held = json.loads(row)
        return JoinCount(taken, skipped, settled, tuple(held.items()))


def _name(key: Key) -> str:
    return f"{key[0]} {'.'.join(map(str, key[1]))}"


def walk(
    graph: Graph,
    *,
    choices: Mapping[str, Choice] | Callable[[Visit], str | None] | None = None,
    fails: Iterable[str] | Callable[[Visit], bool] = (),
    slow: Iterable[str] = (),
    chance: Random | None = None,
    recompiled: Graph | None = None,
) -> Run:
    """
    Walk the graph to its end. One turn after the other is settled: the oldest, or one by ``chance``; ``slow`` nodes
    only when nothing else is left. Every second transaction goes by ``recompiled``, the graph of another release.
    """
    walker = _Walker(graph, _chooser(choices or {}), _failing(fails), set(slow), chance, recompiled or graph)
    return walker.go()


def _chooser(choices: Mapping[str, Choice] | Callable[[Visit], str | None]) -> Callable[[Visit], str | None]:
    if callable(choices):
        return choices

    def choose(turn: Visit) -> str | None:
        choice = choices.get(turn.node)
        if choice is None or isinstance(choice, str):
            return choice
        return choice[min(turn.visit, len(choice)) - 1]

    return choose


def _failing(fails: Iterable[str] | Callable[[Visit], bool]) -> Callable[[Visit], bool]:
    """Names of nodes, or ``node#visit`` where only one of its turns fails."""
    if callable(fails):
        return fails
    names = set(fails)
    return lambda turn: turn.node in names or f"{turn.node}#{turn.visit}" in names


@dataclass
class _Walker:
    graph: Graph
    choose: Callable[[Visit], str | None]
    fails: Callable[[Visit], bool]
    slow: set[str]
    chance: Random | None
    recompiled: Graph
    run: Run = field(default_factory=Run)
    live: list[Visit] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    database: Database = field(default_factory=Database)

    def go(self) -> Run:
        self._transact(lambda ledger: plan.plan_start(self.graph, ledger))
        steps = 0
        while self.live and self.run.status == "RUNNING":
            steps += 1
            assert steps < ENOUGH, "The walk does not end."
            self._settle(self.live.pop(self._next()))
        if self.run.status == "RUNNING":
            late = any(self.graph.nodes[node].defer_failure for node in self.run.failed)
            self.run.status = "FAILED" if late else "COMPLETED"
        self.run.leftover = self.database.join_counts
        return self.run

    def _next(self) -> int:
        quick = [index for index, turn in enumerate(self.live) if turn.node not in self.slow]
        among = quick or list(range(len(self.live)))
        return self.chance.choice(among) if self.chance else among[0]

    def _settle(self, turn: Visit) -> None:
        outcome, branch = self._outcome(turn)
        if outcome is None:
            if not self.graph.nodes[turn.node].defer_failure:
                self.run.status = "FAILED"
            return
        self.run.fates[turn] = outcome, branch
        self._transact(lambda ledger: plan.plan_successors(self.graph, ledger, turn, outcome, branch))
        self.graph, self.recompiled = self.recompiled, self.graph

    def _outcome(self, turn: Visit) -> tuple[Outcome | None, str | None]:
        if self.fails(turn):
            self.run.failed.append(turn.node)
            if plan.catches(self.graph, turn.node):
                return Outcome.CAUGHT, None
            return (Outcome.COMPLETED if self.graph.nodes[turn.node].continue_on_error else None), None
        self.run.completed.append(turn.node)
        return Outcome.COMPLETED, self._took(turn)

    def _took(self, turn: Visit) -> str | None:
        choice = self.choose(turn) if self.graph.nodes[turn.node].traits.chooses else None
        if choice is None:
            return None
        if choice.startswith("→"):
            return plan.choose(self.graph, turn.node, next=choice[1:])
        return plan.choose(self.graph, turn.node, handles=(choice,))

    def _transact(self, move: Callable[[Ledger], Moves]) -> None:
        ledger = self.database.ledger()
        moves = move(ledger)
        self.database.write(ledger)
        for turn in moves.started:
            self.run.started.append(_written(turn))
            self._once(turn)
            self.run.ran.add(turn)
            self.live.append(turn)
        for turn in moves.skipped:
            self.run.skipped.append(turn.node)
            self._once(turn)
            self.run.fates[turn] = Outcome.SKIPPED, None
        if moves.overrun:
            self.run.status, self.run.overrun = "FAILED", moves.overrun.node

    def _once(self, turn: Visit) -> None:
        assert (turn.node, turn.visit) not in self.seen, f"{turn} was started or skipped twice."
        self.seen.add((turn.node, turn.visit))


def _written(turn: Visit) -> str:
    return f"{turn.node}#{turn.visit}" if turn.scope else turn.node

"""What follows from a settled node: pure functions over a graph and what has arrived so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from app.graph.model import ERROR, Edge, Graph, Node

Scope = tuple[int, ...]
#: What a step took where a case's ``next`` leads to no node: nothing.
NOWHERE = "∅"


@dataclass(frozen=True)
class Turn:
    """A node's turn: the node, and the visits of the loops around it, outermost first."""

    node: str
    scope: Scope = ()

    @property
    def visit(self) -> int:
        return self.scope[-1] if self.scope else 1


class Outcome(Enum):
    """How a turn was settled, as far as the edges out of it care."""

    #: Its handler answered; or it failed and goes on.
    COMPLETED = auto()
    #: Its handler failed, and an edge from the handle ``error`` says what then.
    CAUGHT = auto()
    #: It lies on a path that was not chosen.
    SKIPPED = auto()


@dataclass(frozen=True)
class Tally:
    """What has arrived at a join in one scope, or along the edges back to a header in one turn of its loop."""

    taken: int = 0
    skipped: int = 0
    #: The node was started or skipped; or the loop was left.
    settled: bool = False
    #: Edges that left the loop, and whether they were taken.
    held: tuple[tuple[int, bool], ...] = ()

    def plus(self, taken: bool) -> Tally:
        return replace(self, taken=self.taken + taken, skipped=self.skipped + (not taken))

    @property
    def arrived(self) -> int:
        return self.taken + self.skipped


#: A tally's name: a node (or ``↺`` and a header), and a scope.
Key = tuple[str, Scope]


@dataclass
class Ledger:
    """The tallies and visits of one execution: read through ``load`` when first asked for, kept here when changed."""

    load: Callable[[Key], Tally | None] = lambda key: None
    visits: dict[str, int] = field(default_factory=dict)
    known: dict[Key, Tally] = field(default_factory=dict)
    #: Changed tallies; None: all has arrived, nothing needs to be remembered.
    changed: dict[Key, Tally | None] = field(default_factory=dict)

    def read(self, key: Key) -> Tally:
        if key not in self.known:
            self.known[key] = self.load(key) or Tally()
        return self.known[key]

    def write(self, key: Key, tally: Tally, *, complete: bool) -> None:
        self.known[key] = tally
        self.changed[key] = None if complete else tally

    def visit(self, header: str) -> int:
        self.visits[header] = self.visits.get(header, 0) + 1
        return self.visits[header]


@dataclass
class Moves:
    """What a settled turn leads to."""

    started: list[Turn] = field(default_factory=list)
    skipped: list[Turn] = field(default_factory=list)
    #: A turn that would be one visit too many.
    overrun: Turn | None = None


def begin(graph: Graph, ledger: Ledger) -> Moves:
    """The turns of the entries."""
    moves = Moves()
    for entry in graph.entries:
        _open(graph, ledger, moves, graph.nodes[entry], (), start=True)
    return moves


def advance(graph: Graph, ledger: Ledger, turn: Turn, outcome: Outcome, took: str | None = None) -> Moves:
    """
    What follows when a turn is settled: turns to start, and turns on dead paths, down to the next joins.

    Looks at the edges out of the settled node, and of the nodes skipped because of it, and at nothing else.
    """
    moves = Moves()
    work = _sent(graph, turn, outcome, took)
    while work:
        edge, scope, taken = work.pop()
        before = len(moves.skipped)
        released = _deliver(graph, ledger, moves, edge, scope, taken)
        work.extend(released)
        for skipped in moves.skipped[before:]:
            work.extend(_sent(graph, skipped, Outcome.SKIPPED, None))
    return moves


_Sent = tuple[Edge, Scope, bool]


def _sent(graph: Graph, turn: Turn, outcome: Outcome, took: str | None) -> list[_Sent]:
    """The arrivals that a turn sends, last edge first, because the work is a stack."""
    return [(edge, turn.scope, taken) for edge, taken in reversed(follow(graph, turn.node, outcome, took))]


def follow(graph: Graph, node_id: str, outcome: Outcome, took: str | None = None) -> list[tuple[Edge, bool]]:
    """What a settled node sends along each edge out of it: taken, or skipped."""
    edges = graph.out[node_id]
    if outcome is Outcome.SKIPPED:
        return [(edge, False) for edge in edges]
    if outcome is Outcome.CAUGHT:
        return [(edge, edge.handle == ERROR) for edge in edges]
    chosen = {edge.index for edge in _chosen(graph.nodes[node_id], edges, took)}
    return [(edge, edge.index in chosen) for edge in edges]


def _chosen(node: Node, edges: tuple[Edge, ...], took: str | None) -> Iterable[Edge]:
    if took is None:
        return [edge for edge in edges if not edge.implied and _is_plain(node, edge)]
    if took == NOWHERE:
        return []
    if took.startswith("→"):
        return [edge for edge in edges if edge.target == took[1:] and edge.handle != ERROR][:1]
    approved = [edge for edge in edges if took == "#approved" and edge.handle is None and not edge.implied]
    return [edge for edge in edges if edge.handle == took[1:]] + approved


def _is_plain(node: Node, edge: Edge) -> bool:
    """True where the edge is followed without being chosen: a handle decides only where its node chooses."""
    return edge.handle is None or (edge.handle != ERROR and not node.traits.chooses)


def choose(graph: Graph, node_id: str, *, handles: Iterable[str] = (), next: str | None = None) -> str | None:
    """
    What a completed node took, in a word that ``follow`` understands and the step's row keeps.

    ``next`` overrides edges; else the first of the handles that edges leave from; else (None) the plain edges.
    """
    edges = graph.out[node_id]
    if next is not None:
        return f"→{next}" if any(edge.target == next and edge.handle != ERROR for edge in edges) else NOWHERE
    for handle in handles:
        if any(edge.handle == handle for edge in edges):
            return f"#{handle}"
    return None


def leads_on(graph: Graph, node_id: str, outcome: Outcome, took: str | None) -> bool:
    """True where at least one edge is taken; the output of a node without is part of the execution's."""
    return any(taken for _, taken in follow(graph, node_id, outcome, took))


def catches(graph: Graph, node_id: str) -> bool:
    """True where an edge from the handle ``error`` leaves the node."""
    return any(edge.handle == ERROR for edge in graph.out[node_id])


def sources(graph: Graph, turn: Turn) -> list[tuple[Edge, int | None]]:
    """
    The edges that can have led to a turn, each with the visit of its source; None: its latest.

    A later turn of a loop came along the edges back to its header, the first one along the others.
    """
    node = graph.nodes[turn.node]
    inner = [
        (edge, turn.visit if graph.nodes[edge.source].loops == node.loops else None) for edge in graph.into[node.id]
    ]
    if not node.is_header:
        return inner
    return inner + [(edge, None) for edge in graph.back[node.id]]


def _deliver(graph: Graph, ledger: Ledger, moves: Moves, edge: Edge, scope: Scope, taken: bool) -> list[_Sent]:
    """One arrival at the end of an edge; answers the arrivals that it sets free."""
    target = graph.nodes[edge.target]
    loops = graph.nodes[edge.source].loops[: len(scope)]
    if loops and loops[-1] not in target.loops:
        return _leave(graph, ledger, edge, loops[-1], scope, taken)
    if target.is_header and target.id in loops:
        return _turn_back(graph, ledger, moves, target, scope, taken)
    _join(graph, ledger, moves, target, scope, taken)
    return []


def _leave(graph: Graph, ledger: Ledger, edge: Edge, header: str, scope: Scope, taken: bool) -> list[_Sent]:
    """An edge out of a loop is held until the loop is left, then goes on one level further out."""
    key = (f"↺{header}", scope)
    tally = ledger.read(key)
    tally = replace(tally, held=(*tally.held, (edge.index, taken)))
    ledger.write(key, tally, complete=_is_over(graph, header, tally))
    return [(edge, scope[:-1], taken)] if tally.settled else []


def _turn_back(graph: Graph, ledger: Ledger, moves: Moves, header: Node, scope: Scope, taken: bool) -> list[_Sent]:
    """An arrival back at a header: when all have come, the next turn begins if one was taken; else the loop is left."""
    key = (f"↺{header.id}", scope)
    tally = ledger.read(key).plus(taken)
    all_back = tally.arrived == len(graph.back[header.id])
    left = all_back and not tally.taken
    tally = replace(tally, settled=left)
    ledger.write(key, tally, complete=_is_over(graph, header.id, tally))
    if all_back and tally.taken:
        _open(graph, ledger, moves, header, scope[:-1], start=True)
    return [(graph.edges[index], scope[:-1], was_taken) for index, was_taken in reversed(tally.held)] if left else []


def _is_over(graph: Graph, header: str, tally: Tally) -> bool:
    """True where nothing of this turn of a loop can arrive any more."""
    return tally.arrived == len(graph.back[header]) and len(tally.held) == graph.exits.get(header, 0)


def _join(graph: Graph, ledger: Ledger, moves: Moves, node: Node, scope: Scope, taken: bool) -> None:
    """An arrival from outside a node's loop, or inside the same turn of it."""
    edges = len(graph.into[node.id])
    if edges == 1:
        return _open(graph, ledger, moves, node, scope, start=taken)
    tally = ledger.read((node.id, scope)).plus(taken)
    verdict = None if tally.settled else _verdict(node, tally, edges)
    tally = replace(tally, settled=tally.settled or verdict is not None)
    ledger.write((node.id, scope), tally, complete=tally.arrived == edges)
    if verdict is not None:
        _open(graph, ledger, moves, node, scope, start=verdict)


def _verdict(node: Node, tally: Tally, edges: int) -> bool | None:
    """True: the join starts; False: it is skipped; None: it waits."""
    if node.join is None:
        return tally.taken > 0 if tally.arrived == edges else None
    if tally.taken >= node.join:
        return True
    return False if edges - tally.skipped < node.join else None


def _open(graph: Graph, ledger: Ledger, moves: Moves, node: Node, scope: Scope, *, start: bool) -> None:
    """Begin or skip a node's turn; at a header this is a new visit of its loop."""
    turn = Turn(node.id, (*scope, ledger.visit(node.id)) if node.is_header else scope)
    if not start:
        moves.skipped.append(turn)
    elif turn.visit > node.max_visits:
        moves.overrun = turn
    else:
        moves.started.append(turn)

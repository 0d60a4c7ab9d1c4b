"""Plan the visits that follow a settled node, by pure functions over a graph and its join counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.graph.model import Edge, Graph, Node, shared_loops
from app.graph.planning.choices import NOWHERE, Outcome, catches, choose, follow_edges, leads_on
from app.graph.planning.ledger import JoinCount, Key, Ledger, Scope, Visit

__all__ = ["NOWHERE", "Graph", "JoinCount", "Key", "Ledger", "Moves", "Outcome", "Scope", "Visit"]
__all__ += ["catches", "choose", "follow_edges", "leads_on", "plan_start", "plan_successors"]


@dataclass
class Moves:
    """The visits that start or are skipped because another one was settled."""

    started: list[Visit] = field(default_factory=list)
    skipped: list[Visit] = field(default_factory=list)
    #: A visit that would exceed ``max_visits``.
    overrun: Visit | None = None


def join_key(node_id: str) -> str:
    """The name of a join's count."""
    return f"→{node_id}"


def plan_start(graph: Graph, ledger: Ledger) -> Moves:
    """The visits of the entries."""
    planning = _Planning(graph, ledger)
    for entry in filter(graph.runs, graph.entries):
        planning.open(graph.nodes[entry], (), start=True)
    return planning.moves


def plan_successors(graph: Graph, ledger: Ledger, turn: Visit, outcome: Outcome, branch: str | None = None) -> Moves:
    """
    The visits that start when this one is settled, and those on dead paths, as far as the next joins.

    Reads the edges out of the settled node and of the nodes that are skipped because of it, and nothing else.
    """
    planning = _Planning(graph, ledger)
    planning.send(turn, outcome, branch)
    while planning.under_way:
        planning.deliver(planning.under_way.pop())
    return planning.moves


@dataclass(frozen=True)
class _Arrival:
    """An edge that was taken or skipped, before it arrives; ``scope`` gets shorter with each loop that it leaves."""

    edge: Edge
    scope: Scope
    taken: bool


@dataclass
class _Planning:
    """The plan for one settled visit, while it is made."""

    graph: Graph
    ledger: Ledger
    moves: Moves = field(default_factory=Moves)
    #: A stack: the arrival to be delivered next is the last.
    under_way: list[_Arrival] = field(default_factory=list)

    def send(self, turn: Visit, outcome: Outcome, branch: str | None = None) -> None:
        """Add the arrivals of a settled visit, those that leave loops first: a turn must not end before its exits."""
        sent = follow_edges(self.graph, turn.node, outcome, branch)
        self.under_way += [_Arrival(edge, turn.scope, taken) for edge, taken in reversed(sent)]

    def deliver(self, arrival: _Arrival) -> None:
        """One arrival at its target, or at the border of the innermost loop that it leaves."""
        target = self.graph.nodes[arrival.edge.target]
        around = self.graph.nodes[arrival.edge.source].loops[: len(arrival.scope)]
        if around and around[-1] not in target.loops:
            self._leave(around[-1], arrival)
        elif target.id in around:
            self._turn_back(target, arrival)
        else:
            self._join(target, arrival)

    def open(self, node: Node, scope: Scope, *, start: bool) -> Visit:
        """Start or skip a visit of a node; at a header this is a new turn of its loop."""
        turn = Visit(node.id, (*scope, self.ledger.visit(node.id)) if node.is_header else scope)
        if not start:
            self.moves.skipped.append(turn)
            self.send(turn, Outcome.SKIPPED)
        elif turn.visit > node.max_visits:
            self.moves.overrun = turn
        else:
            self.moves.started.append(turn)
        return turn

    # --- joins --------------------------------------------------------------------------------------------------

    def _join(self, node: Node, arrival: _Arrival) -> None:
        """An arrival from outside a node's loop, or inside the same turn of it."""
        edges = len(self.graph.into[node.id])
        if edges == 1:
            self.open(node, arrival.scope, start=arrival.taken and (node.join or 1) == 1)
            return
        key = (join_key(node.id), arrival.scope)
        count = self.ledger.read(key).plus(arrival.taken)
        verdict = None if count.settled else _verdict(node, count, edges)
        if verdict is not None:
            count = replace(count, settled=True)
        self.ledger.write(key, count, complete=count.arrived == edges)
        if verdict is not None:
            self.open(node, arrival.scope, start=verdict)

    # --- loops --------------------------------------------------------------------------------------------------

    def _leave(self, header: str, arrival: _Arrival) -> None:
        """
        An edge out of a loop is held until the loop is left, and then continues one level further out.

        Later arrivals continue at once; there are some if a join inside waits for some of its edges only. Late arrivals
        of an earlier turn are ignored, as that join ignores them.
        """
        key = _turn_of(header, arrival.scope)
        count = self._loop_count(key).hold(self.graph.exit_keys[arrival.edge.index], arrival.taken)
        self.ledger.write(key, count, complete=self._is_over(header, count))
        if count.settled:
            self._release(count.left[-1:], arrival.scope)

    def _turn_back(self, header: Node, arrival: _Arrival) -> None:
        """When all edges back to a header have arrived, start its next turn if one was taken; else leave the loop."""
        key = _turn_of(header.id, arrival.scope)
        count = self._loop_count(key).plus(arrival.taken)
        all_back = count.arrived == len(self.graph.back[header.id])
        count = replace(count, settled=all_back and not count.taken)
        self.ledger.write(key, count, complete=self._is_over(header.id, count))
        if count.settled:
            self._release(count.left, arrival.scope)
        elif all_back:
            self._turn_again(header, arrival.scope, count)

    def _turn_again(self, header: Node, scope: Scope, count: JoinCount) -> None:
        """The next turn of a loop, which remembers the edges out of it that were taken so far."""
        turn = self.open(header, scope[:-1], start=True)
        if count.remembered:
            self.ledger.write(_turn_of(header.id, turn.scope), JoinCount(held=count.remembered), complete=False)

    def _loop_count(self, key: Key) -> JoinCount:
        """
        The count of a turn of a loop.

        Older releases stored the numbers of edges instead of their keys. They are replaced when the count is read from
        its row, and not at each arrival: a loop may have thousands of edges out of it.
        """
        is_loaded = key in self.ledger.known
        count = self.ledger.read(key)
        if not is_loaded and count.held:
            held = tuple((_current_key(self.graph, edge), taken) for edge, taken in count.held)
            count = self.ledger.known[key] = replace(count, held=held)
        return count

    def _release(self, held: list[tuple[str, bool]], scope: Scope) -> None:
        """Continue the edges that were held one level further out, those that lead furthest first."""
        arrivals = [_Arrival(self.graph.exit_edges[key], scope[:-1], taken) for key, taken in held]
        arrivals.sort(key=lambda arrival: shared_loops(self.graph.nodes, arrival.edge))
        self.under_way += reversed(arrivals)

    def _is_over(self, header: str, count: JoinCount) -> bool:
        """True if nothing more of this turn of a loop can arrive."""
        return count.arrived == len(self.graph.back[header]) and len(count.left) == self.graph.exits.get(header, 0)


def _current_key(graph: Graph, held: str) -> str:
    """``5`` is the number of an edge, and ``-6`` that of the same edge taken by an earlier turn."""
    if not held.lstrip("-").isdecimal():
        return held
    number = int(held)
    return graph.exit_keys[number] if number >= 0 else f"~{graph.exit_keys[~number]}"


def _turn_of(header: str, scope: Scope) -> Key:
    return f"↺{header}", scope


def _verdict(node: Node, count: JoinCount, edges: int) -> bool | None:
    """True: the join starts; False: it is skipped; None: it waits."""
    if node.join is None:
        return count.taken > 0 if count.arrived == edges else None
    if count.taken >= node.join:
        return True
    return False if edges - count.skipped < node.join else None

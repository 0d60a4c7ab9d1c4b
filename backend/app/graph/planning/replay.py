"""Replay recorded steps over a graph by the plan that runs live, as far as they were recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from app.graph.model import Graph
from app.graph.planning.choices import Outcome, catches
from app.graph.planning.ledger import Ledger, Visit
from app.graph.planning.plan import Moves, plan_start, plan_successors

#: Seconds by which two times of one transaction may be in the wrong order.
ROUNDING = 0.001


@dataclass(frozen=True)
class RecordedVisit:
    """A settled visit, as it was recorded."""

    #: True where its handler failed, and an edge or ``on_error`` caught that.
    failed: bool
    #: The branch that it took, as its step's row keeps it.
    branch: str | None
    #: Orders the visits as they were settled.
    order: int
    #: When it was started and settled, in seconds; None: not known, so any visit may have led to it.
    started: float | None = None
    settled: float | None = None

    def may_follow(self, cause: RecordedVisit) -> bool:
        """True unless it had been started before this visit was settled, so because of another one."""
        return self.started is None or cause.settled is None or self.started >= cause.settled - ROUNDING


@dataclass
class Replay:
    """The state of an execution after its recorded visits."""

    graph: Graph
    ledger: Ledger = field(default_factory=Ledger)
    #: Recorded visits that were reached, in the order in which they were settled.
    kept: list[Visit] = field(default_factory=list)
    #: Visits that start and are not recorded.
    open: list[Visit] = field(default_factory=list)
    skipped: list[Visit] = field(default_factory=list)
    #: A visit that would exceed ``max_visits``.
    overrun: Visit | None = None


def replay(graph: Graph, recorded: Mapping[Visit, RecordedVisit], stop: Visit | None = None) -> Replay:
    """
    Return the state after the recorded visits, each settled as it was, in the order in which they were.

    ``stop`` is not settled again although it is recorded, and so nothing that follows from it alone is reached. A visit
    stays open if another one leads to it now than did when it was recorded: a join that does not wait for all of its
    edges may have been started by ``stop``.
    """
    return walk_settled(graph, lambda visit: None if visit == stop else recorded.get(visit))


def walk_settled(graph: Graph, settle: Callable[[Visit], RecordedVisit | None]) -> Replay:
    """
    Return the state after all visits that can be settled; those that start together are settled by their ``order``.

    ``settle`` is asked once for each visit, when it starts; None: it stays open.
    """
    found = Replay(graph)
    settled: dict[Visit, RecordedVisit] = {}
    queue: list[tuple[int, int, Visit]] = []

    def add(moves: Moves, cause: RecordedVisit | None = None) -> None:
        found.skipped += moves.skipped
        found.overrun = found.overrun or moves.overrun
        for visit in moves.started:
            record = settle(visit)
            if record is None or (cause is not None and not record.may_follow(cause)):
                found.open.append(visit)
            else:
                settled[visit] = record
                heappush(queue, (record.order, len(queue), visit))

    add(plan_start(graph, found.ledger))
    while queue:
        visit = heappop(queue)[2]
        found.kept.append(visit)
        record = settled[visit]
        add(plan_successors(graph, found.ledger, visit, outcome_of(graph, visit.node, record), record.branch), record)
    return found


def outcome_of(graph: Graph, node: str, record: RecordedVisit) -> Outcome:
    """Return the outcome of a recorded visit in this graph."""
    return Outcome.CAUGHT if record.failed and catches(graph, node) else Outcome.COMPLETED

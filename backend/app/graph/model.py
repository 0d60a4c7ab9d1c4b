"""The graph of a workflow: nodes and edges, checked once, then trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from app.graph.parameters import Parameter
from app.logic.references import Source

#: The handle whose edges are followed when a step fails.
ERROR = "error"
#: Times that a node may run in one execution, unless its data has ``max_visits``.
MAX_VISITS = 100


@dataclass(frozen=True)
class Traits:
    """The properties of a node type that matter to the graph."""

    #: True if the node selects some of its edges.
    chooses: bool = False
    #: Handles that every node of the type has.
    handles: tuple[str, ...] = ()
    #: True if the type only decorates a canvas and never runs.
    drawing: bool = False


class OnLost(str, Enum):
    """What becomes of a step whose worker died while its handler ran: nobody knows whether its effect happened."""

    #: The handler runs again, with the same idempotency key.
    AGAIN = "again"
    #: The step fails as ``Unknown``, without a retry.
    FAIL = "fail"
    #: The step waits for a person, who says what happened.
    ASK = "ask"


@dataclass(frozen=True)
class RetryPolicy:
    """How often a step is tried, and the waits between the attempts; times in seconds."""

    #: All attempts, including the first.
    max_attempts: int = 1
    initial_interval: float = 1.0
    max_interval: float = 30.0
    multiplier: float = 2.0
    #: True to shorten each wait at random, at most by half, so that steps that failed together are not tried together.
    jitter: bool = False

    def wait_after(self, attempt: int, chance: float = 0.0) -> float | None:
        """Seconds to wait after this attempt failed; None if it was the last. ``chance`` is from 0 to 1."""
        if attempt >= self.max_attempts:
            return None
        growth = self.multiplier ** min(attempt - 1, 64)
        wait = min(self.initial_interval * growth, self.max_interval)
        return wait * (1 - chance / 2) if self.jitter else wait


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge from one node to another; ``handle`` is the handle of its source, or None."""

    index: int
    source: str
    target: str
    handle: str | None = None
    #: True if the document has no such edge, only a case with this ``next``.
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One node with the reserved keys of its data read."""

    id: str
    type: str
    data: Mapping[str, Any]
    traits: Traits = Traits()
    #: Arrivals that start the node; None: all of its edges are settled.
    join: int | None = None
    max_visits: int = MAX_VISITS
    retry: RetryPolicy = RetryPolicy()
    #: Seconds that its handler may run; None: the limit of the deployment.
    timeout: float | None = None
    continue_on_error: bool = False
    on_lost: OnLost = OnLost.AGAIN
    #: True where its failure stops no other path: the execution fails once all of them have ended.
    defer_failure: bool = False
    compensate: str | None = None
    #: The headers of the loops around it, outermost first; a header is in its own loop.
    loops: tuple[str, ...] = ()
    #: The problems of its reserved keys; the step fails with this message.
    fault: str | None = None

    @property
    def is_header(self) -> bool:
        """True if a loop is entered at this node."""
        return bool(self.loops) and self.loops[-1] == self.id


@dataclass(frozen=True)
class Report:
    """The form of the result of a completed execution."""

    members: Mapping[str, Any]
    #: The member that has the outputs of ``nodes``, by their ids.
    outputs: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The compiled form of every dialect. Only nodes that can run are in it."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    entries: tuple[str, ...]
    #: Edges by source, those that lead furthest out of loops first.
    out: Mapping[str, tuple[Edge, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Edges by target: forward ones, and those back to the header of a loop.
    into: Mapping[str, tuple[Edge, ...]] = field(default_factory=lambda: MappingProxyType({}))
    back: Mapping[str, tuple[Edge, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: How many edges leave each loop, by its header.
    exits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    #: Edges that leave loops: their keys by number, and the edges by these keys. Only keys are stored with executions,
    #: so that a release whose compiler numbers edges differently continues them.
    exit_keys: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    exit_edges: Mapping[str, Edge] = field(default_factory=lambda: MappingProxyType({}))
    #: Keys of the payload that an execution needs.
    parameters: tuple[Parameter, ...] = ()
    #: The form of an execution's result; None: the output alone.
    report: Report | None = None
    #: The meaning of ``input`` in templates: the data that came along the edges, or the payload of the execution.
    input_is: Source = Source.INPUT
    #: The node at which a test ends, and the nodes on the ways to it, itself included; None: every node runs.
    until: str | None = None
    part: frozenset[str] | None = None
    #: Which edges were taken after which outcome of which node, as found before.
    followed: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def runs(self, node_id: str) -> bool:
        """True unless a test ends before it comes to the node."""
        return self.part is None or node_id in self.part

    def goes_along(self, edge: Edge) -> bool:
        """True unless a test ends before it comes to the end of the edge."""
        return self.part is None or (edge.source != self.until and edge.target in self.part)

    @property
    def compensates(self) -> bool:
        """True where some node names one to undo it."""
        return any(node.compensate in self.nodes for node in self.nodes.values())

    @property
    def defer_failure(self) -> bool:
        """True where some node's failure waits for all paths."""
        return any(node.defer_failure for node in self.nodes.values())


def shared_loops(nodes: Mapping[str, Node], edge: Edge) -> int:
    """The number of loops around both ends of the edge: the fewer, the further out it leads."""
    around, inside = nodes[edge.source].loops, nodes[edge.target].loops
    return len(around) if around == inside else sum(header in inside for header in around)

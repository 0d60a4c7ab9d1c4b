"""
Test a definition that is not saved: all of it, the way to one node, or one node alone.

A test is an execution that workers walk like every other one. It runs a definition of its own, and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.config import EngineContext
from app.engine.definitions.compiled import GRAPH, CompiledNode, CompiledWorkflow, compile_workflow
from app.engine.registry import Registry, is_pure
from app.engine.wakeups.aftermath import Aftermath, wake_executions
from app.engine.wakeups.message import WakeUp
from app.engine.walk.inputs import format_scope, merged, parse_scope
from app.errors import InvalidInput, NotFound
from app.graph.building.part import cut_graph
from app.graph.compile import compile_document
from app.graph.model import Graph
from app.graph.names import listed, quote
from app.graph.parameters import bind
from app.graph.planning.ledger import Visit
from app.graph.run_order import run_order
from app.storage import forks, test_executions, waits
from app.storage.database import Cursor
from app.storage.forks import NewStep
from app.storage.json_text import JsonText, dumps, loads
from app.storage.statuses import StepStatus
from app.storage.test_executions import GivenOutput, NewTest, Recorded
from app.why.recorded import RecordedRun, compile_version, is_settled

#: Pure node types that start other executions, unless they run a graph in place.
STARTS_OTHERS = ("sub_workflow", "for_each")


@dataclass(frozen=True)
class TestedDefinition:
    """What is tested: the definition of a workflow, which need not be saved, and is valid."""

    workflow_id: str
    kind: str
    document: Any
    #: The node that is tested alone, or at which the test ends; both None: all of it is tested.
    only: str | None = None
    until: str | None = None

    @property
    def last(self) -> str | None:
        """The node at which the test ends."""
        return self.only or self.until


@dataclass(frozen=True)
class TestData:
    """What a test begins with; what is not given comes from what was recorded, if that is named."""

    payload: Mapping[str, Any] | None = None
    event_id: str | None = None
    #: An execution of the workflow, or a step of one.
    source: str | None = None
    #: The input of the node that is tested alone, wrapped in a tuple of one; empty: it follows from the rest.
    input: tuple[Any, ...] = ()
    #: Outputs of other nodes, by their ids, for a node that is tested alone.
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """A node of a test that does something outside, or starts other executions."""

    #: For one in a graph in place: the node with the graph, a slash and the node in it.
    node_id: str
    type: str


@dataclass(frozen=True)
class Beginning:
    """Where the test of a node alone begins, and what it keeps of what was recorded."""

    visit: Visit
    input: Any
    #: Nodes and visits whose steps are kept, of this execution.
    kept: Sequence[tuple[str, int]] = ()
    source: str | None = None
    outputs: Sequence[GivenOutput] = ()


@dataclass(frozen=True)
class PlannedTest:
    """What a test runs."""

    tested: TestedDefinition
    workflow: CompiledWorkflow
    payload: JsonText
    event_id: str | None
    #: None: it begins where the graph begins.
    beginning: Beginning | None
    warnings: Sequence[str] = ()

    @property
    def runs(self) -> list[str]:
        """The nodes that may run, in their order."""
        if self.beginning is not None:
            return [self.beginning.visit.node]
        return [id for id in run_order(self.workflow.graph) if self.workflow.graph.runs(id)]

    def list_effects(self, registry: Registry) -> list[Effect]:
        """What may be done outside, in the order of the nodes."""
        return [effect for id in self.runs for effect in _effects_of(self.workflow.nodes[id], registry)]


def plan_test(
    cursor: Cursor, context: EngineContext, registry: Registry, tested: TestedDefinition, data: TestData
) -> PlannedTest:
    """
    Return what a test would run; nothing is written.

    Raises NotFound for data that does not exist, InvalidInput, and InvalidParameters.
    """
    graph = _graph_of(tested, registry)
    recorded = _find_recorded(cursor, tested.workflow_id, data)
    payload, event_id = _payload_of(cursor, graph, tested, data, recorded)
    workflow = compile_workflow(graph, registry)
    if tested.only is None:
        return PlannedTest(tested, workflow, payload, event_id, None)
    beginning = _begin_at(cursor, context, graph, tested.only, data, recorded, payload)
    warnings = _warn_missing(workflow.nodes[tested.only], beginning)
    return PlannedTest(tested, workflow, payload, event_id, beginning, warnings)


def start_test(cursor: Cursor, context: EngineContext, plan: PlannedTest) -> tuple[str, Aftermath]:
    """Store a test, in the open transaction: its id, and what is to be done after the commit."""
    tested, begins, grace = plan.tested, plan.beginning, context.config.grace
    document = JsonText(dumps(tested.document))
    version = forks.add_own_version(cursor, tested.workflow_id, document, until=tested.last)
    spec = {name: node for name in ("only", "until") if (node := getattr(tested, name)) is not None}
    given = {"node": begins.visit.node, "visit": begins.visit.visit, "value": begins.input} if begins else None
    row = NewTest(tested.workflow_id, version, plan.payload, spec, plan.event_id, given)
    test = test_executions.insert_test(cursor, row, grace=grace)
    if begins is None:
        return test, wake_executions([test])
    if begins.source is not None:
        forks.keep_steps(cursor, test, begins.source, [(*visit, False) for visit in begins.kept])
    test_executions.add_outputs(cursor, test, begins.outputs)
    visit, type = begins.visit, plan.workflow.graph.nodes[begins.visit.node].type
    step = NewStep(visit.node, visit.visit, format_scope(visit.scope), type)
    forks.add_steps(cursor, test, [step], status=StepStatus.READY, check_in=grace)
    return test, Aftermath(wake_ups=(WakeUp(test, visit.node, visit.visit, None, context.config.queue_of(type)),))


def _graph_of(tested: TestedDefinition, registry: Registry) -> Graph:
    """Return the graph, cut at the node at which the test ends. Raises InvalidInput where it cannot end there."""
    built = compile_document(tested.kind, tested.document, registry.traits)
    if tested.last is None:
        return built.graph
    member = "until" if tested.only is None else "only"
    known = [node.id for node in built.nodes]
    if tested.last not in known:
        raise InvalidInput(
            f"`{member}` is {quote(tested.last)}, which is no node that can run; the workflow has {listed(known)}."
        )
    graph = cut_graph(built, tested.last)
    if tested.only is None and not any(map(graph.runs, graph.entries)):
        raise InvalidInput(
            f"`until` is {quote(tested.last)}, which no way from the beginning leads to; connect it, or test it alone,"
            " with `only`."
        )
    return graph


def _find_recorded(cursor: Cursor, workflow_id: str, data: TestData) -> Recorded | None:
    if data.source is None:
        return None
    found = test_executions.find_recorded(cursor, workflow_id, data.source)
    if found is None:
        raise NotFound(
            f"`from` is {quote(data.source[:100])}, which is neither an execution of this workflow nor a step of one."
        )
    if found.inline_path:
        raise InvalidInput(
            f"`from` is {quote(data.source[:100])}, which belongs to a graph in place, in node {found.inline_path[-1]};"
            " name the execution of the workflow itself."
        )
    return found


def _payload_of(
    cursor: Cursor, graph: Graph, tested: TestedDefinition, data: TestData, recorded: Recorded | None
) -> tuple[JsonText, str | None]:
    """Return the payload, and the event that it is of."""
    if data.event_id is not None:
        payload = test_executions.find_event_payload(cursor, data.event_id)
        if payload is None:
            raise NotFound(f"`event_id` is {quote(data.event_id[:100])}; there is no such event.")
        return JsonText(payload), data.event_id
    if data.payload is None and recorded is not None:
        return JsonText(recorded.payload), recorded.event_id
    given = data.payload or {}
    return JsonText(dumps(given if tested.only else bind(graph.parameters, given))), None


def _begin_at(
    cursor: Cursor,
    context: EngineContext,
    graph: Graph,
    node: str,
    data: TestData,
    recorded: Recorded | None,
    payload: JsonText,
) -> Beginning:
    unknown = next((id for id in data.outputs if id not in graph.nodes or id == node), None)
    if unknown is not None:
        known = listed([id for id in graph.nodes if id != node])
        raise InvalidInput(f"`outputs` names {quote(unknown)}; it can name nodes before {node}: {known}.")
    past = _read_past(cursor, context, recorded)
    visit = _visit_of(graph, node, recorded, past)
    kept = [] if past is None else _choose_kept(graph, visit, past, but=data.outputs)
    source = None if recorded is None else recorded.execution_id
    if data.input:
        input = data.input[0]
    elif recorded is not None and past is not None and recorded.node_id is not None:
        input = _recorded_input(cursor, context, recorded, past)
    else:
        input = _input_before(cursor, context, graph, visit, data.outputs, source, dict(kept), payload)
    outputs = [
        GivenOutput(id, (scope or (1,))[-1], format_scope(scope), graph.nodes[id].type, JsonText(dumps(output)))
        for id, output in data.outputs.items()
        for scope in [_scope_beside(graph, visit, id)]
    ]
    return Beginning(visit, input, kept, source, outputs)


def _read_past(cursor: Cursor, context: EngineContext, recorded: Recorded | None) -> RecordedRun | None:
    if recorded is None:
        return None
    execution = waits.find_execution(cursor, recorded.execution_id)
    assert execution is not None, "It was read in the same snapshot."
    workflow = compile_version(cursor, context, execution, execution.version)
    return RecordedRun(workflow, forks.list_past(cursor, execution.id))


def _visit_of(graph: Graph, node: str, recorded: Recorded | None, past: RecordedRun | None) -> Visit:
    """Return the visit that is tested: the recorded one, if the node is in as many loops now; else the first."""
    depth = len(graph.nodes[node].loops)
    scopes = [visit.scope for visit in (past.by_visit if past else ()) if visit.node == node]
    if recorded is not None and recorded.scope is not None:
        scopes = [parse_scope(recorded.scope)]
    return Visit(node, max((scope for scope in scopes if len(scope) == depth), default=(1,) * depth))


def _choose_kept(graph: Graph, visit: Visit, past: RecordedRun, *, but: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return of each node before a visit the recorded one that belongs to its turns of loops, or else the newest."""
    chosen: dict[str, Visit] = {}
    for found, step in past.by_visit.items():
        node = graph.nodes.get(found.node)
        if node is None or not graph.runs(found.node) or found.node == visit.node or found.node in but:
            continue
        if not is_settled(step) or len(found.scope) != len(node.loops):
            continue
        shared = _shared_loops(graph, visit.node, found.node)

        def rank(scope: tuple[int, ...], shared: int = shared) -> tuple[bool, tuple[int, ...]]:
            return scope[:shared] == visit.scope[:shared], scope

        known = chosen.get(found.node)
        if known is None or rank(found.scope) > rank(known.scope):
            chosen[found.node] = found
    return [(found.node, found.visit) for found in chosen.values()]


def _shared_loops(graph: Graph, a: str, b: str) -> int:
    """Return the number of loops around both nodes."""
    return len([one for one, other in zip(graph.nodes[a].loops, graph.nodes[b].loops, strict=False) if one == other])


def _scope_beside(graph: Graph, visit: Visit, node: str) -> tuple[int, ...]:
    """Return a scope of a node in the same turns of the loops that it shares with a visit."""
    shared = visit.scope[: _shared_loops(graph, visit.node, node)]
    return (*shared, *(1 for _ in graph.nodes[node].loops[len(shared) :]))


def _recorded_input(cursor: Cursor, context: EngineContext, recorded: Recorded, past: RecordedRun) -> Any:
    """Return the input that a recorded step had."""
    given = recorded.given_input
    if given is not None and (given["node"], given["visit"]) == (recorded.node_id, recorded.visit):
        return given["value"]
    visit = Visit(recorded.node_id or "", parse_scope(recorded.scope or ""))
    led = past.led_to(visit) if visit.node in past.workflow.graph.nodes else {}
    outputs = _fetch_outputs(cursor, context, recorded.execution_id, led, visit.node)
    return merged({node: outputs.get(node) for node in led}, loads(recorded.payload))


def _input_before(
    cursor: Cursor,
    context: EngineContext,
    graph: Graph,
    visit: Visit,
    outputs: Mapping[str, Any],
    source: str | None,
    kept: Mapping[str, int],
    payload: JsonText,
) -> Any:
    """Return the outputs of the nodes with an edge to this one, as if each had taken it; without any, the payload."""
    before = list(dict.fromkeys(edge.source for edge in graph.into[visit.node]))
    wanted = {node: kept[node] for node in before if node in kept}
    found = _fetch_outputs(cursor, context, source, wanted, visit.node) if source else {}
    values = {**found, **outputs}
    return merged({node: values[node] for node in before if node in values}, loads(payload))


def _fetch_outputs(
    cursor: Cursor, context: EngineContext, execution_id: str, visits: Mapping[str, int], node: str
) -> dict[str, Any]:
    most = context.config.limits.max_collected_bytes
    size = test_executions.count_output_bytes(cursor, execution_id, list(visits.items()))
    if size > most:
        raise InvalidInput(
            f"The outputs that lead to node {node} have {size:,} bytes; {most:,} can be its input. Give `input`."
        )
    return test_executions.fetch_outputs(cursor, execution_id, list(visits.items()))


def _warn_missing(node: CompiledNode, beginning: Beginning) -> list[str]:
    """Return a sentence for each node whose output the tested one refers to, and which has none."""
    known = {id for id, _ in beginning.kept} | {given.node_id for given in beginning.outputs} | {node.node.id}
    return [
        f"Node {node.node.id} refers to the output of {missing}, of which none is recorded or given; `outputs` can give"
        " it."
        for missing in sorted((node.needs or frozenset()) - known)
    ]


def _effects_of(node: CompiledNode, registry: Registry) -> Iterator[Effect]:
    inner = node.node.data.get(GRAPH)
    if not node.pure or node.handler is None:
        yield Effect(node.node.id, node.node.type)
    elif isinstance(inner, Mapping):
        yield from _effects_inside(node.node.id, inner, registry)
    elif node.node.type in STARTS_OTHERS:
        yield Effect(node.node.id, node.node.type)


def _effects_inside(outer: str, graph: Mapping[str, Any], registry: Registry) -> Iterator[Effect]:
    for drawn in graph.get("nodes") or ():
        id, type, data = f"{outer}/{drawn['id']}", str(drawn.get("type")), drawn.get("data") or {}
        handler = registry.get(type)
        if isinstance(data.get(GRAPH), Mapping):
            yield from _effects_inside(id, data[GRAPH], registry)
        elif type in STARTS_OTHERS or (handler is not None and not is_pure(handler, data)):
            yield Effect(id, type)

"""Fork an execution: keep its steps before one of them, and run the rest again, with something changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.engine.config import EngineContext
from app.engine.definitions.compiled import CompiledWorkflow
from app.engine.definitions.validation import validate
from app.engine.registry import Registry
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.walk.inputs import format_scope, parse_scope
from app.errors import Conflict, InvalidInput, NotFound
from app.flow_control.limits import FlowLimits, limits_of
from app.flow_control.spec import read_flow
from app.graph.building.build import Built
from app.graph.compile import compile_document, with_data
from app.graph.names import listed, quote
from app.graph.planning.choices import leads_on
from app.graph.planning.ledger import Visit
from app.graph.planning.replay import Replay, outcome_of, replay
from app.storage import forks, waits
from app.storage.database import Cursor
from app.storage.flow_control import lanes
from app.storage.forks import ForkRow, NewStep, PastStep
from app.storage.json_text import JsonText, dumps
from app.storage.statuses import StepStatus
from app.storage.waits import WaitingExecution
from app.storage.walk.lock import fetch_definition
from app.why.recorded import RecordedRun, compile_version, is_settled

#: Characters of an output that a preview shows.
SHOWN = 200


@dataclass(frozen=True)
class ForkRequest:
    """What a fork begins with, and what is changed."""

    #: The id of the step from which on everything runs again.
    step_id: str
    #: The payload; None: that of the source.
    payload: Mapping[str, Any] | None = None
    #: The input of the step, wrapped in a tuple of one; empty: as the graph gives it.
    input: tuple[Any, ...] = ()
    #: The data of nodes, by their ids.
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Another version that it runs.
    version: int | None = None
    #: A graph of its own, as a graph workflow is saved with.
    graph: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Repeated:
    """A recorded step that a fork runs again."""

    node_id: str
    #: True where it does something outside.
    has_effect: bool
    #: When it was done the last time, and the beginning of its output; None: it has no effect, or did not end.
    last_at: datetime | None = None
    last_output: str | None = None


@dataclass(frozen=True)
class ForkPlan:
    """What a fork keeps and what it runs again."""

    source: WaitingExecution
    past: RecordedRun
    #: What the fork runs.
    workflow: CompiledWorkflow
    state: Replay
    begins: Visit
    #: The document of a version of its own; None: it runs a saved version.
    document: Any
    version: int
    warnings: Sequence[str]

    @property
    def kept_steps(self) -> list[PastStep]:
        return [self.past.by_visit[visit] for visit in self.state.kept]

    def _has_effect(self, node_id: str) -> bool:
        """Return True where the node did something outside, or this build does not know its type."""
        node = self.past.workflow.nodes.get(node_id)
        return node is not None and (node.handler is None or not node.pure)

    def list_repeated(self, cursor: Cursor) -> list[Repeated]:
        """Return the recorded steps that run again, in the order in which they ran."""
        kept = set(self.state.kept)
        again = [step for visit, step in self.past.by_visit.items() if visit not in kept and _has_run(step)]
        effects = {step.id for step in again if self._has_effect(step.node_id)}
        ended = [step.id for step in again if step.id in effects and is_settled(step)]
        shown = forks.list_outputs_of(cursor, self.source.id, ended, most=SHOWN)
        return [
            Repeated(
                step.node_id,
                step.id in effects,
                step.finished_at if step.id in shown else None,
                shown.get(step.id),
            )
            for step in again
        ]


def plan_fork(
    cursor: Cursor, context: EngineContext, registry: Registry, execution_id: str, request: ForkRequest, max_nodes: int
) -> ForkPlan:
    """
    Return what a fork would keep and run again; nothing is written.

    Raises NotFound, InvalidInput, InvalidDefinition, and Conflict where the past does not fit the graph.
    """
    source = waits.find_execution(cursor, execution_id)
    if source is None:
        raise NotFound.of("Execution", execution_id)
    if source.is_test:
        raise Conflict(
            f"Execution {source.id} is a test, which cannot be forked; test again, with `from`: {quote(source.id)}."
        )
    begins = _find_beginning(cursor, source, request.step_id)
    past = RecordedRun(compile_version(cursor, context, source, source.version), forks.list_past(cursor, source.id))
    document, version = _definition_of(cursor, source, registry, request, max_nodes)
    if document is None:
        workflow = compile_version(cursor, context, source, version)
    else:
        workflow = context.workflows.compile(source.kind, document)
    state = replay(workflow.graph, past.recorded, begins)
    warnings = [*_warn_running(past, state), *_warn_unread(workflow, begins, request)]
    plan = ForkPlan(source, past, workflow, state, begins, document, version, warnings)
    _require_fit(plan)
    return plan


def start_fork(cursor: Cursor, context: EngineContext, plan: ForkPlan, request: ForkRequest) -> tuple[str, Aftermath]:
    """
    Store a fork, in the open transaction: its id, and what is to be done after the commit.

    Raises Conflict where a limit of its workflow drops it, or the workflow was deleted.
    """
    source, state = plan.source, plan.state
    payload, flow = forks.find_payload(cursor, source.id)
    if request.payload is not None:
        payload = dict(request.payload)
    limits = limits_of(source.workflow_id, read_flow(flow), payload)
    queued = _enter_lanes(cursor, limits)
    version = plan.version
    if plan.document is not None:
        version = forks.add_own_version(cursor, source.workflow_id, JsonText(dumps(plan.document)))
    given = {"node": plan.begins.node, "visit": plan.begins.visit, "value": request.input[0]} if request.input else None
    row = ForkRow(
        source=source.id,
        version=version,
        payload=None if request.payload is None else JsonText(dumps(payload)),
        given_input=given,
        loop_visits=state.ledger.visits,
        open_steps=len(state.open),
        lane=limits.lane.name if limits.lane else None,
        rate=limits.rate.name if limits.rate else None,
        queued=queued,
    )
    fork = forks.insert_fork(cursor, row)
    _add_steps(cursor, fork, plan, check_in=forks.QUEUED_CHECK if queued else context.config.grace)
    if queued:
        return fork, Aftermath(crowded_lanes=(limits.lane.name,) if limits.lane else ())
    nodes, queue_of = plan.workflow.nodes, context.config.queue_of
    wake_ups = (WakeUp(fork, v.node, v.visit, None, queue_of(nodes[v.node].node.type)) for v in state.open)
    return fork, Aftermath(wake_ups=tuple(wake_ups))


def _add_steps(cursor: Cursor, fork: str, plan: ForkPlan, *, check_in: float) -> None:
    graph, state, recorded = plan.workflow.graph, plan.state, plan.past.recorded
    kept = [
        (visit.node, visit.visit, not leads_on(graph, visit.node, outcome_of(graph, visit.node, found), found.branch))
        for visit in state.kept
        for found in [recorded[visit]]
    ]
    forks.keep_steps(cursor, fork, plan.source.id, kept)
    forks.add_steps(cursor, fork, _new(plan, state.skipped), status=StepStatus.SKIPPED, check_in=0)
    # The step that it was forked from first: by this order it is found again.
    begun = sorted(state.open, key=lambda visit: visit != plan.begins)
    forks.add_steps(cursor, fork, _new(plan, begun), status=StepStatus.READY, check_in=check_in)
    changed = state.ledger.changed.items()
    counts = [
        (key, format_scope(scope), count.taken, count.skipped, count.settled, dict(count.held))
        for (key, scope), count in changed
        if count is not None
    ]
    forks.add_join_counts(cursor, fork, counts)


def _new(plan: ForkPlan, visits: Sequence[Visit]) -> list[NewStep]:
    nodes = plan.workflow.graph.nodes
    return [NewStep(visit.node, visit.visit, format_scope(visit.scope), nodes[visit.node].type) for visit in visits]


def _find_beginning(cursor: Cursor, source: WaitingExecution, step_id: str) -> Visit:
    """Return the visit from which on everything runs again. Raises NotFound, Conflict."""
    step = forks.find_step(cursor, step_id, source.id)
    if step is None:
        raise NotFound(f"Step {step_id[:100]} does not exist in execution {source.id}.")
    node, _, scope, status, compensates = step
    if compensates is not None:
        raise Conflict(f"Step {step_id} of node {node} undoes another step; fork from a step of the normal flow.")
    if status == StepStatus.SKIPPED:
        raise Conflict(
            f"Step {step_id} of node {node} was skipped; fork from the step that chose another way, or a step before."
        )
    return Visit(node, parse_scope(scope))


def _definition_of(
    cursor: Cursor, source: WaitingExecution, registry: Registry, request: ForkRequest, max_nodes: int
) -> tuple[Any, int]:
    """Return the document of a version of its own, or None, and the version that the fork begins with."""
    version = source.version if request.version is None else request.version
    changes = [name for name in ("graph", "data") if getattr(request, name)]
    if changes and source.inline_path:
        raise InvalidInput(
            f"Execution {source.id} runs a graph in place, which is part of its parent's; {changes[0]} cannot be"
            " replaced here. Fork the parent."
        )
    if request.graph is not None and request.version is not None:
        raise InvalidInput("A fork runs either another `version` or a `graph` of its own; name one of them.")
    if request.graph is not None and source.kind != "graph":
        raise InvalidInput(
            f"Execution {source.id} runs a workflow of kind {source.kind}, which takes no `graph`; give `data` for its"
            " nodes, or save a new version and name it as `version`."
        )
    document = request.graph
    if document is None:
        if not forks.has_version(cursor, source.workflow_id, version):
            raise NotFound(f"Version {version} of workflow {source.workflow_id} does not exist.")
        if not request.data:
            return None, version
        document = fetch_definition(cursor, source.workflow_id, version).document
    if request.data:
        document = _with_data(source.kind, document, request.data, registry)
    validate(document, registry, kind=source.kind, pointer="/graph", max_nodes=max_nodes)
    return document, version


def _with_data(kind: str, document: Any, data: Mapping[str, Mapping[str, Any]], registry: Registry) -> Any:
    """Return the document with the data of these nodes replaced, wherever its dialect keeps them."""
    built: Built = compile_document(kind, document, registry.traits)
    for node, given in data.items():
        if node not in built.places:
            known = listed(sorted(built.places))
            raise InvalidInput(
                f"`data` names the node {quote(node)}, which the workflow does not have: it has {known}."
            )
        document = with_data(kind, document, built.places[node], dict(given))
    return document


def _require_fit(plan: ForkPlan) -> None:
    """Raise Conflict where the recorded steps cannot be those of the graph that the fork runs."""
    begins, state, source = plan.begins, plan.state, plan.source
    old, new = plan.past.workflow.graph, plan.workflow.graph
    for visit in state.kept:
        node = visit.node
        if old.nodes[node].type != new.nodes[node].type:
            raise Conflict(
                f"Node {node} was of type {old.nodes[node].type} in execution {source.id} and is of type"
                f" {new.nodes[node].type} in the graph of the fork; fork from this node or a step before."
            )
        if plan.past.recorded[visit].branch and _choices(old, node) != _choices(new, node):
            raise Conflict(
                f"The edges that node {node} chooses from are not those of execution {source.id}; fork from this node"
                " or a step before."
            )
    if begins not in state.open:
        raise Conflict(
            f"Node {begins.node} is not reached in the graph of the fork by what execution {source.id} recorded before"
            " it; fork from an earlier step."
        )
    undone = sorted({visit.node for visit in state.kept} & plan.past.compensated)
    if undone:
        raise Conflict(f"Execution {source.id} has undone node {undone[0]}, which the fork would keep; fork from it.")


def _choices(graph: Any, node: str) -> set[tuple[str | None, str]]:
    """Return the handles and targets of the edges out of a node."""
    return {(edge.handle, edge.target) for edge in graph.out[node]}


def _warn_unread(workflow: CompiledWorkflow, begins: Visit, request: ForkRequest) -> list[str]:
    """Return a sentence where an input is given to a node that does not read it."""
    node = workflow.nodes.get(begins.node)
    if not request.input or node is None or node.needs_input:
        return []
    return [f"Node {begins.node} does not read its input, so `input` changes nothing."]


def _warn_running(past: RecordedRun, state: Replay) -> list[str]:
    """Return sentences about steps that have not ended, and which the fork runs as well."""
    live = (StepStatus.READY, StepStatus.RUNNING, StepStatus.WAITING)
    running = [visit.node for visit in state.open if (step := past.by_visit.get(visit)) and step.status in live]
    return [f"Node {node} has not ended in the original, and runs in the fork as well." for node in running]


def _has_run(step: PastStep) -> bool:
    return step.status not in (StepStatus.SKIPPED, StepStatus.READY)


def _enter_lanes(cursor: Cursor, limits: FlowLimits) -> bool:
    """Lock the lanes of a fork; True if it has to wait. Raises Conflict where one drops it."""
    rooms = lanes.enter_lanes(cursor, limits.lanes) if limits.lanes else []
    for room in rooms:
        if room.is_full and room.lane.on_limit == lanes.DROP:
            raise Conflict(f"Nothing is started: {lanes.describe_limit(room.lane)}.")
    return not all(room.is_free for room in rooms)

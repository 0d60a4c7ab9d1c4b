"""Move live executions to another version of their workflow, where what they have done is the same in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.config import EngineContext
from app.engine.walk.inputs import format_scope
from app.errors import Conflict, NotFound
from app.graph.model import Graph, Node
from app.graph.planning.ledger import JoinCount, Visit
from app.graph.planning.replay import RecordedVisit, Replay, replay
from app.storage import forks, waits
from app.storage.access.audit import Deed, text_of_deed
from app.storage.database import Cursor, transaction
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus
from app.storage.waits import WaitingExecution
from app.why.recorded import RecordedRun, compile_version

_LIVE = (StepStatus.READY, StepStatus.RUNNING, StepStatus.WAITING)


@dataclass(frozen=True)
class Obstacle:
    """Why an execution cannot be moved; ``node_id`` is the node that prevents it."""

    execution_id: str
    node_id: str | None
    message: str


def migrate_execution(
    context: EngineContext, execution_id: str, version: int, *, dry_run: bool, deed: Deed | None = None
) -> Obstacle | None:
    """
    Move a live execution to another version; ``dry_run`` only says whether it can be moved.

    Returns what prevents it; None: nothing does. Raises NotFound.
    """
    with transaction(context.engine) as cursor:
        forks.lock_row(cursor, execution_id)
        execution = waits.find_execution(cursor, execution_id)
        if execution is None:
            raise NotFound.of("Execution", execution_id)
        if not forks.has_version(cursor, execution.workflow_id, version):
            raise NotFound(f"Version {version} of workflow {execution.workflow_id} does not exist.")
        obstacle = find_obstacle(cursor, context, execution, version)
        if obstacle is None and not dry_run:
            forks.set_version(cursor, execution.id, version)
            if deed is not None:
                cursor.execute(text_of_deed(cursor, deed))
        return obstacle


def require_no_obstacle(obstacle: Obstacle | None) -> None:
    """Raise Conflict with what prevents it."""
    if obstacle is not None:
        raise Conflict(obstacle.message)


def find_obstacle(cursor: Cursor, context: EngineContext, execution: WaitingExecution, version: int) -> Obstacle | None:
    """Return what keeps a locked execution from going on under this version; None if nothing does."""
    id = execution.id
    if execution.is_test:
        return Obstacle(
            id, None, f"Execution {id} is a test, which stays with what it tests; test the version instead."
        )
    if execution.status in TERMINAL or execution.closing:
        ended = "is ending" if execution.closing else f"is {execution.status}"
        return Obstacle(id, None, f"Execution {id} {ended}; only one that goes on can be moved. Fork it instead.")
    if execution.inline_path:
        return Obstacle(
            id, None, f"Execution {id} runs a graph in place, which is part of its parent's; move the parent."
        )
    steps = forks.list_past(cursor, id)
    running = next((step for step in steps if step.status == StepStatus.RUNNING), None)
    if running is not None:
        message = f"Node {running.node_id} of execution {id} is running; pause the execution, and move it afterwards."
        return Obstacle(id, running.node_id, message)
    old, new = (compile_version(cursor, context, execution, number) for number in (execution.version, version))
    if execution.status == ExecutionStatus.PENDING and not steps:
        return None
    past = RecordedRun(old, steps)
    statuses = {visit: step.status for visit, step in past.by_visit.items()}
    counts = {(key, scope): count for key, scope, *count in forks.list_join_counts(cursor, id)}
    node, reason = find_difference(old.graph, new.graph, statuses, past.recorded, counts)
    if node is None:
        return None
    return Obstacle(id, node, f"Execution {id} cannot go on under version {version}: node {node} {reason}.")


def find_difference(
    old: Graph,
    new: Graph,
    statuses: Mapping[Visit, str],
    recorded: Mapping[Visit, RecordedVisit],
    counts: Mapping[tuple[str, str], Sequence[Any]],
) -> tuple[str | None, str]:
    """
    Return the first node at which the new version would not have come to the state that is stored, and how it differs.

    The state is that of a replay of the recorded visits: what is settled, what is open, what is skipped (``statuses``
    has all three), and the arrivals at each join, by its key and scope (``counts``). Where all of it is the same, the
    execution ends as one of the new version would; then the node is None.
    """
    state = replay(new, recorded)
    for visit, status in statuses.items():
        reason = _compare_nodes(old.nodes.get(visit.node), new.nodes.get(visit.node))
        if reason and status != StepStatus.SKIPPED:
            return visit.node, reason
    settled, skipped, live = set(state.kept), set(state.skipped), set(state.open)
    for visit, status in statuses.items():
        if visit in recorded and visit not in settled:
            return visit.node, "would not have been reached"
        if status == StepStatus.SKIPPED and visit not in skipped:
            return visit.node, "would not have been skipped"
        if status in _LIVE and visit not in live:
            return visit.node, "would not have been started yet"
    for visit in [*state.open, *state.skipped]:
        if visit not in statuses:
            return visit.node, "would have been reached already"
    if state.overrun:
        return state.overrun.node, "would have run too often"
    return _compare_counts(counts, state)


def _compare_nodes(old: Node | None, new: Node | None) -> str | None:
    """Return how a node that has a step differs; None: it is the same in both versions."""
    if new is None or old is None:
        return "is missing"
    if old.type != new.type:
        return f"is of type {new.type}, not {old.type}"
    if dict(old.data) != dict(new.data):
        return "has other data"
    return None


def _compare_counts(stored: Mapping[tuple[str, str], Sequence[Any]], state: Replay) -> tuple[str | None, str]:
    """Compare arrivals at joins; those of a join that is settled matter only to edges that still come."""
    changed = state.ledger.changed.items()
    replayed = {(key, format_scope(scope)): count for (key, scope), count in changed if count is not None}
    for place in sorted({*stored, *replayed}):
        if _count_of(stored.get(place)) != _count_of(replayed.get(place)):
            return place[0][1:], "has other edges"
    return None, ""


def _count_of(count: Sequence[Any] | JoinCount | None) -> tuple[Any, ...] | None:
    if isinstance(count, JoinCount):
        return count.taken, count.skipped, count.settled, dict(count.held)
    return None if count is None else (*count[:3], dict(count[3] or {}))

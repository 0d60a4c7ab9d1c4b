"""Advancing: start the steps that the plan says, each in the way that suits its node."""

from __future__ import annotations

from app.engine.attempts.attempt import Attempt, StepContext, failure
from app.engine.attempts.call import run_attempt
from app.engine.deadlines import CallTimeout, call_within
from app.engine.definitions.compiled import CompiledNode
from app.engine.registry import Way
from app.engine.waiting.children import find_workflow
from app.engine.walk.settling import settle
from app.engine.walk.transition import ClaimedStep, Transition, now
from app.errors import StepFailed
from app.storage.queue_progress import SUSPENDED_CHECK
from app.storage.rows import StepRow
from app.storage.statuses import StepStatus


def advance(transition: Transition) -> None:
    """Start what the plan says: pure nodes at once, others claimed as far as there is room, the rest left READY."""
    while transition.frontier:
        visit = transition.frontier.popleft()
        compiled = transition.workflow.nodes[visit.node]
        row = transition.changes.new_row(visit, compiled.node.type)
        if transition.changes.stopped:
            row.status, row.finished_at = StepStatus.CANCELLED, now()
        elif transition.changes.suspended:
            row.status, row.check_in = StepStatus.READY, SUSPENDED_CHECK
        else:
            start(transition, compiled, row)


def start(transition: Transition, compiled: CompiledNode, row: StepRow) -> None:
    """Run a new step in this transaction, claim it, or leave it to others."""
    if not runs_here(transition, compiled):
        leave_to_others(transition, row)
    elif compiled.pure and transition.in_time:
        run_inline(transition, compiled, row)
    elif compiled.pure or transition.room is None:
        leave_to_others(transition, row)
    elif transition.room.take(compiled.way):
        claim(transition, compiled, row)
    elif compiled.way is Way.COMPUTE:
        leave_to_others(transition, row)
    else:
        leave_for_room(transition, row)


def runs_here(transition: Transition, compiled: CompiledNode) -> bool:
    """Return False if only other workers can run the node: those of its queue, or with a handler for its type."""
    if compiled.handler is None:
        return False
    return compiled.pure or transition.config.consumes(transition.config.queue_of(compiled.node.type))


def run_inline(transition: Transition, compiled: CompiledNode, row: StepRow) -> None:
    """Run a pure node, which needs neither a claim nor a commit of its own."""
    row.started_at = now()
    context = _step_context(transition, compiled, row)
    if context is None:
        return
    cursor, workflows, config = transition.changes.cursor, transition.context.workflows, transition.config
    attempt = Attempt(
        compiled,
        context,
        row,
        config,
        find_workflow=lambda reference: find_workflow(cursor, workflows, reference),
    )
    try:
        result = call_within(config.deadlines, config.inline_timeout, lambda: run_attempt(attempt))
    except CallTimeout:
        _leave_unfinished(transition, row)
    else:
        settle(transition, row, result)


def _leave_unfinished(transition: Transition, row: StepRow) -> None:
    """Leave a pure node that took too long to whoever claims it: there it has a time limit, and holds no lock."""
    transition.is_suspect = True
    row.started_at = None
    leave_to_others(transition, row)
    if row.stored:
        transition.changes.suspects.append(row.id)


def claim(transition: Transition, compiled: CompiledNode, row: StepRow, *, isolation: int | None = None) -> None:
    """
    Take a step for this worker, which runs its handler after the commit.

    ``isolation`` is the number of handlers that the process may run meanwhile; None: any number.
    """
    row.started_at = row.started_at or now()
    context = _step_context(transition, compiled, row)
    if context is not None:
        row.status, row.claim, row.check_in = StepStatus.RUNNING, row.claim + 1, transition.config.lease
        row.claimed_by = transition.config.process
        transition.claimed.append(ClaimedStep(compiled, context, row, transition.is_suspect, isolation))


def _step_context(transition: Transition, compiled: CompiledNode, row: StepRow) -> StepContext | None:
    """Return what the node can see; None where that is too large, which fails the step."""
    try:
        return transition.step_context(compiled, row)
    except StepFailed as error:
        settle(transition, row, failure(error.kind, f"Node {row.node_id}: {error}", may_retry=error.retry))
        return None


def leave_to_others(transition: Transition, row: StepRow) -> None:
    """Make a step READY for whoever gets its wake-up."""
    _make_ready(transition, row)
    transition.wake(row)


def leave_for_room(transition: Transition, row: StepRow) -> None:
    """Make a step READY for which there is no room now; one wake-up is enough for all of the execution."""
    _make_ready(transition, row)
    row.check_in = transition.config.lease
    transition.ready += 1


def _make_ready(transition: Transition, row: StepRow) -> None:
    row.status, row.check_in = StepStatus.READY, transition.config.grace
    if transition.is_suspect and not row.stored:
        transition.changes.suspects.append(row.id)

"""Advancing: start the steps that the plan says, each in the way that suits its node."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial

from app.engine.attempts.attempt import Attempt, StepContext, failure
from app.engine.attempts.call import run_attempt
from app.engine.attempts.timeout import CallTimeout, call_with_timeout
from app.engine.definitions.compiled import CompiledNode, WorkflowCache
from app.engine.registry import RunTarget
from app.engine.waiting.children import find_workflow
from app.engine.walk.settling import settle
from app.engine.walk.transition import ClaimedStep, Transition, now
from app.errors import StepFailed
from app.storage.database import Cursor
from app.storage.queue_progress import SUSPENDED_CHECK
from app.storage.rows import StepRow
from app.storage.statuses import StepStatus


def advance(transition: Transition) -> None:
    """Start what the plan says: pure nodes at once, one other step claimed, the rest left to other workers."""
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
    elif transition.can_claim and transition.claimed is None and not compiled.pure:
        claim(transition, compiled, row)
    else:
        leave_to_others(transition, row)


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
    loan = CursorLoan(transition.changes.cursor, transition.context.workflows)
    attempt = Attempt(compiled, context, row, transition.config, find_workflow=loan.find_workflow)
    try:
        result = call_with_timeout(transition.config.inline_timeout, partial(run_attempt, attempt))
    except CallTimeout:
        loan.end()
        _leave_unfinished(transition, row)
    else:
        settle(transition, row, result)


@dataclass
class CursorLoan:
    """The transaction's cursor in the hands of a pure node, which may be given up at any moment."""

    cursor: Cursor
    workflows: WorkflowCache
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _has_ended: bool = False

    def find_workflow(self, reference: str) -> RunTarget:
        with self._lock:
            if self._has_ended:
                raise CallTimeout
            return find_workflow(self.cursor, self.workflows, reference)

    def end(self) -> None:
        """Wait for a statement that runs; allow no other."""
        with self._lock:
            self._has_ended = True


def _leave_unfinished(transition: Transition, row: StepRow) -> None:
    """Leave a pure node that took too long to whoever claims it: there it has a time limit, and holds no lock."""
    transition.is_suspect = True
    row.started_at = None
    leave_to_others(transition, row)
    if row.stored:
        transition.changes.suspects.append(row.id)


def claim(transition: Transition, compiled: CompiledNode, row: StepRow) -> None:
    """Take a step for this worker, which runs its handler after the commit."""
    row.started_at = row.started_at or now()
    context = _step_context(transition, compiled, row)
    if context is not None:
        row.status, row.claim, row.check_in = StepStatus.RUNNING, row.claim + 1, transition.config.lease
        row.claimed_by = transition.config.process
        transition.claimed = ClaimedStep(compiled, context, row, transition.is_suspect)


def _step_context(transition: Transition, compiled: CompiledNode, row: StepRow) -> StepContext | None:
    """Return what the node can see; None where that is too large, which fails the step."""
    try:
        return transition.step_context(compiled, row)
    except StepFailed as error:
        settle(transition, row, failure(error.kind, f"Node {row.node_id}: {error}", may_retry=error.retry))
        return None


def leave_to_others(transition: Transition, row: StepRow) -> None:
    """Make a step READY for whoever gets its wake-up."""
    row.status, row.check_in = StepStatus.READY, transition.config.grace
    transition.wake(row)
    if transition.is_suspect and not row.stored:
        transition.changes.suspects.append(row.id)

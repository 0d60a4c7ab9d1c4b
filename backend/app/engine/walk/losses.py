"""Lost steps: what becomes of a step whose worker died while its handler ran, so that its outcome is unknown."""

from __future__ import annotations

from typing import Any

from app.engine.attempts.attempt import Attempt, AttemptResult, failure, idempotency_key
from app.engine.attempts.request_summary import summarize_request
from app.engine.definitions.compiled import CompiledNode
from app.engine.walk.advancing import leave_to_others
from app.engine.walk.settling import settle
from app.engine.walk.transition import Transition
from app.errors import StepFailed
from app.graph.model import OnLost
from app.storage.json_text import dumps
from app.storage.queue_progress import SUSPENDED_CHECK
from app.storage.rows import FoundStep, StepRow
from app.storage.statuses import StepStatus
from app.storage.walk.records import OUTCOME, Record

#: The type of the error of a step whose outcome is unknown.
UNKNOWN = "Unknown"


def settle_lost(transition: Transition, step: FoundStep) -> bool:
    """Fail a lost step, or have it wait for a person, as ``on_lost`` of its node says; False where it runs again."""
    if transition.runs_again(step):
        return False
    compiled = transition.workflow.nodes[step.node_id]
    row = transition.changes.stored_row(step)
    if compiled.node.on_lost is OnLost.FAIL:
        message = f"Node {step.node_id}: the worker that ran it was lost, so it is not known whether it had its effect."
        settle(transition, row, failure(UNKNOWN, message, may_retry=False))
    else:
        settle(transition, row, _ask(transition, compiled, row))
    return True


def _ask(transition: Transition, compiled: CompiledNode, row: StepRow) -> AttemptResult:
    """The result of a step that waits, without a limit, until a person says what happened."""
    question = Record(OUTCOME, _question(transition, compiled, row))
    output = dumps({"approval_id": question.id, "approved": None})
    return AttemptResult(output=output, halted=True, when_due="timeout", records=(question,))


def _question(transition: Transition, compiled: CompiledNode, row: StepRow) -> dict[str, Any]:
    known = {
        "node_id": row.node_id,
        "type": row.type,
        "visit": row.visit,
        "attempt": row.attempt,
        "idempotency_key": idempotency_key(transition.changes.execution_id, row.node_id, row.visit),
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "request": _summarize_request(transition, compiled, row),
    }
    description = (
        "The worker that ran this step was lost, and with it the result. Approve, with the output, if it happened;"
        " reject to run the step again."
    )
    return {"title": f"{row.node_id}: did it happen?", "description": description, "context": known}


def _summarize_request(transition: Transition, compiled: CompiledNode, row: StepRow) -> dict[str, Any] | None:
    try:
        context = transition.step_context(compiled, row)
    except StepFailed:
        return None
    return summarize_request(Attempt(compiled, context, row, transition.config))


def answer_lost(transition: Transition, step: FoundStep | None, output: str) -> bool:
    """Complete a lost step with the output that a person gave, as JSON text; False where it does not wait for that."""
    if step is None or not _is_asked(transition, step):
        return False
    settle(transition, transition.changes.stored_row(step), AttemptResult(output=output))
    return True


def run_lost_again(transition: Transition, step: FoundStep | None) -> bool:
    """
    Have a lost step run again, as a person decided; False where it does not wait for that.

    Its claim number grows, so a result of the lost worker that comes later does not count.
    """
    if step is None or not _is_asked(transition, step):
        return False
    row = transition.changes.stored_row(step)
    row.claim += 1
    if transition.changes.suspended:
        row.status, row.check_in = StepStatus.READY, SUSPENDED_CHECK
    else:
        leave_to_others(transition, row)
    return True


def _is_asked(transition: Transition, step: FoundStep) -> bool:
    if transition.changes.stopped and step.compensates is None:
        return False
    return step.outcome_is_unknown and step.status == StepStatus.WAITING

"""Approvals: record a person's decision, and continue the execution in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from app.engine.attempts.attempt import AttemptResult
from app.engine.commands.lifecycle import LockedCommand, locked_execution
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath
from app.engine.walk.advancing import advance
from app.engine.walk.completion import finish
from app.engine.walk.losses import answer_lost, run_lost_again
from app.engine.walk.resuming import signal
from app.engine.walk.transition import Transition
from app.errors import Conflict, Forbidden, InvalidInput
from app.graph.names import is_storable, quote
from app.storage.access.audit import Deed, text_of_deed
from app.storage.clock import clock
from app.storage.database import driver
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.rows import FoundStep
from app.storage.statuses import TERMINAL, ApprovalKind, ApprovalStatus, StepStatus
from app.storage.waiting import approvals
from app.storage.waiting.approvals import DecidedApproval, FoundApproval
from app.storage.walk.lock import LockedExecution


@dataclass(frozen=True)
class Decision:
    """The decision of one person."""

    approved: bool
    by: str | None = None
    comment: str | None = None
    #: The output of a lost step that had its effect; only for the question about its outcome.
    output: Any = None
    #: True where the same decision again is a conflict, as with links that can be used once.
    once: bool = False


def decide(context: EngineContext, approval_id: str, decision: Decision, deed: Deed | None = None) -> Aftermath:
    """
    Record a decision; as soon as enough people have decided, the execution continues from the step that waited.

    The same decision again changes nothing, unless it is ``once``. Raises NotFound, Forbidden, Conflict, InvalidInput.
    """
    return record_decision(context, approval_id, decision, deed).aftermath


class Decided(NamedTuple):
    """What follows from a decision, and the approval as it is now; None: the decision has changed nothing."""

    aftermath: Aftermath
    approval: Approval | None


def record_decision(context: EngineContext, approval_id: str, decision: Decision, deed: Deed | None = None) -> Decided:
    """Do what ``decide`` does, and return the approval too."""
    while True:
        with driver(context.engine) as connection, connection.cursor() as cursor:
            approval = approvals.find_approval(cursor, approval_id)
        if not is_news(approval, decision):
            if decision.once:
                raise Conflict(f"Approval {approval.id} already has this decision.")
            return Decided(Aftermath(), None)
        decided = _record_decision(context, approval, decision, deed)
        if decided is not None:
            return decided


def _record_decision(
    context: EngineContext, approval: FoundApproval, decision: Decision, deed: Deed | None
) -> Decided | None:
    """Record a decision on an approval as it was read; None where others have decided it since."""
    decided = add_decision(approval, decision)
    with locked_execution(context, approval.execution_id, (approval.node_id, approval.visit)) as command:
        try:
            require_waiting(approval, command.locked)
        except Conflict:
            if approvals.find_approval(command.cursor, approval.id) == approval:
                raise
            return None
        stored = approvals.store_decisions(command.cursor, [decided]).get(approval.id)
        if stored is None:
            return None
        if deed is not None:
            command.cursor.execute(text_of_deed(command.cursor, deed))
        if decided.status == ApprovalStatus.PENDING:
            return Decided(Aftermath(), stored)
        transition = continue_decided(command, decided, decision)
        finish(transition)
    return Decided(replace(transition.aftermath, tells=True), stored)


def answer_outcome(
    context: EngineContext, execution_id: str, node_id: str, decision: Decision, deed: Deed | None = None
) -> tuple[str, Aftermath]:
    """
    Answer whether a lost step had its effect: the id of the question, and what is left to do.

    Raises NotFound, Conflict, InvalidInput.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        approval_id = approvals.find_outcome(cursor, execution_id, node_id) if is_storable(node_id) else None
    if approval_id is None:
        raise Conflict(f"No step of node {quote(node_id)} in execution {execution_id} asks for its outcome.")
    return approval_id, decide(context, approval_id, decision, deed)


def add_decision(approval: FoundApproval, decision: Decision) -> DecidedApproval:
    """Return an approval with one more decision."""
    decisions = [*approval.decisions, decision_record(decision)]
    return DecidedApproval(approval, verdict(approval.needed, decisions), decisions)


def continue_decided(command: LockedCommand, decided: DecidedApproval, decision: Decision) -> Transition:
    """Return the transition by which an execution goes on after a decision. Raises Conflict, InvalidInput."""
    transition = command.transition()
    if not _continue(transition, command.locked.step, decided.approval, decision, decided.decisions):
        raise Conflict(f"Approval {decided.approval.id} is no longer pending.")
    advance(transition)
    return transition


def _continue(
    transition: Transition,
    step: FoundStep | None,
    approval: FoundApproval,
    decision: Decision,
    decisions: list[dict[str, Any]],
) -> bool:
    """Have the step follow its last decision; False where it does not wait any more."""
    if approval.kind == ApprovalKind.DECISION:
        status = verdict(approval.needed, decisions)
        return signal(transition, step, approval_result(approval, status, decisions))
    if not decision.approved:
        return run_lost_again(transition, step)
    return answer_lost(transition, step, outcome_text(decision, transition.config.limits.max_output_bytes))


def outcome_text(decision: Decision, most: int) -> str:
    """The output that a person gave, as JSON text of at most ``most`` bytes. Raises InvalidInput."""
    text = dumps(decision.output)
    if len(text) > most:
        raise InvalidInput(f"`output` has {len(text)} bytes; {most} are allowed.")
    return text


def is_news(approval: FoundApproval, decision: Decision) -> bool:
    """Return False if it was decided this way before. Raises Conflict if differently; Forbidden, InvalidInput."""
    require_right(approval, decision)
    before = {ApprovalStatus.APPROVED: True, ApprovalStatus.REJECTED: False}
    if approval.status != ApprovalStatus.PENDING:
        if before.get(ApprovalStatus(approval.status)) is decision.approved:
            return False
        raise Conflict(f"Approval {approval.id} is already {approval.status}.")
    own = [kept["approved"] for kept in approval.decisions if kept["approved_by"] == decision.by]
    if own and own[0] is not decision.approved:
        raise Conflict(f"{decision.by} has already decided approval {approval.id} differently.")
    return not own


def require_right(approval: FoundApproval, decision: Decision) -> None:
    """Raise Forbidden if this person may not decide; InvalidInput for a name or an output that does not fit."""
    if decision.output is not None and approval.kind != ApprovalKind.OUTCOME:
        raise InvalidInput(f"Approval {approval.id} asks for a decision; it takes no output.")
    if decision.output is not None and not decision.approved:
        raise InvalidInput("`output` is given although the step is to run again; leave it out.")
    if approval.approvers and decision.by not in approval.approvers:
        who = decision.by or "A person without a name (approved_by)"
        raise Forbidden(f"{who} is not among the approvers of approval {approval.id}.")
    if approval.needed > 1 and decision.by is None:
        raise InvalidInput(f"Approval {approval.id} needs {approval.needed} approvers: set approved_by.")


def require_waiting(approval: FoundApproval, locked: LockedExecution) -> None:
    """Raise Conflict if the step does not wait for this approval, or has waited for too long."""
    step = locked.step
    waits = step is not None and step.attempt == approval.attempt and step.status == StepStatus.WAITING
    stopped = locked.status in TERMINAL or (locked.closing and step is not None and step.compensates is None)
    if step is None or not waits or stopped:
        raise Conflict(f"Approval {approval.id} is no longer pending.")
    if step.due_in is not None and step.due_in <= 0:
        raise Conflict(f"Approval {approval.id} has expired.")


def decision_record(decision: Decision) -> dict[str, Any]:
    """Return a decision as it is stored."""
    at = clock.now().isoformat()
    return {"approved": decision.approved, "approved_by": decision.by, "comment": decision.comment, "at": at}


def verdict(needed: int, decisions: Iterable[dict[str, Any]]) -> ApprovalStatus:
    """Return the status after these decisions: one rejection decides, otherwise ``needed`` approvals."""
    kept = list(decisions)
    if not all(decision["approved"] for decision in kept):
        return ApprovalStatus.REJECTED
    return ApprovalStatus.APPROVED if len(kept) >= needed else ApprovalStatus.PENDING


def approval_result(approval: FoundApproval, status: ApprovalStatus, decisions: list[dict[str, Any]]) -> AttemptResult:
    """Return the result of the waiting step; a rejection fails it unless an edge leaves from ``rejected``."""
    last = decisions[-1]
    output = dumps(
        {
            "approval_id": approval.id,
            "approved": last["approved"],
            "approved_by": last["approved_by"],
            "comment": last["comment"],
            "decisions": decisions,
        }
    )
    if status == ApprovalStatus.APPROVED:
        return AttemptResult(output=output, handles=("approved",))
    return AttemptResult(
        output=output, handles=("rejected",), fallback_error={"type": "Rejected", "message": rejection(approval, last)}
    )


def rejection(approval: FoundApproval, last: dict[str, Any]) -> str:
    who = f" by {last['approved_by']}" if last["approved_by"] else ""
    why = f": {last['comment'][:500]}" if last["comment"] else ""
    return f"Node {approval.node_id} was rejected{who}{why}."

"""A person decides: the decision and what it sets in motion are one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from app.engine.attempts.attempt import AttemptResult
from app.engine.commands.lifecycle import locked_execution
from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.engine.walk.completion import finish
from app.engine.walk.transition import Transition
from app.engine.walk.walker import open_context
from app.errors import Conflict, Forbidden, InvalidInput
from app.storage.database import Cursor, driver
from app.storage.json_text import dumps
from app.storage.statuses import TERMINAL, ApprovalStatus, StepStatus
from app.storage.waiting import approvals
from app.storage.waiting.approvals import FoundApproval
from app.storage.walk.lock import LockedExecution


@dataclass(frozen=True)
class Decision:
    """What one person says."""

    approved: bool
    by: str | None = None
    comment: str | None = None
    #: True where it counts the first time or not at all: saying the same again is a conflict too.
    once: bool = False


def decide(context: EngineContext, approval_id: str, decision: Decision) -> list[WakeUp]:
    """
    Keep a decision; as soon as enough people have decided, the execution goes on from the step that waited.

    The same decision again changes nothing, or is a Conflict where it counts once. Raises NotFound, Forbidden, Conflict
    and InvalidInput.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        asked = approvals.find_approval(cursor, approval_id)

    def change(cursor: Cursor, locked: LockedExecution) -> list[WakeUp]:
        approval = approvals.find_approval(cursor, asked.id)
        if not is_news(approval, decision):
            if decision.once:
                raise Conflict(f"Approval {approval.id} was decided so already.")
            return []
        require_waiting(approval, locked)
        decisions = [*approval.decisions, decision_record(decision)]
        status = verdict(approval.needed, decisions)
        approvals.store_decision(cursor, approval.id, status, decisions)
        if status == ApprovalStatus.PENDING:
            return []
        execution = open_context(cursor, context.workflows, approval.execution_id, locked)
        transaction = Transition(cursor, execution, locked, context.config, can_claim=False)
        if not transaction.signal(locked.step, approval_result(approval, status, decisions)):
            raise Conflict(f"The step of approval {approval.id} does not wait any more.")
        transaction.walk_on()
        finish(transaction)
        return transaction.wake_ups

    return locked_execution(context, asked.execution_id, change, (asked.node_id, asked.visit))


def is_news(approval: FoundApproval, decision: Decision) -> bool:
    """False where it was decided so before. Raises Conflict where it was decided otherwise; Forbidden, InvalidInput."""
    require_right(approval, decision)
    before = {ApprovalStatus.APPROVED: True, ApprovalStatus.REJECTED: False}
    if approval.status != ApprovalStatus.PENDING:
        if before.get(ApprovalStatus(approval.status)) is decision.approved:
            return False
        raise Conflict(f"Approval {approval.id} is {approval.status} and cannot be decided otherwise.")
    own = [kept["approved"] for kept in approval.decisions if kept["approved_by"] == decision.by]
    if own and own[0] is not decision.approved:
        raise Conflict(f"{decision.by} has decided approval {approval.id} otherwise before.")
    return not own


def require_right(approval: FoundApproval, decision: Decision) -> None:
    """Raises Forbidden where others are to decide; InvalidInput where people are counted and this one has no name."""
    if approval.approvers and decision.by not in approval.approvers:
        who = decision.by or "Somebody without a name (approved_by)"
        raise Forbidden(f"{who} is not among the approvers of approval {approval.id}.")
    if approval.needed > 1 and decision.by is None:
        raise InvalidInput(f"Approval {approval.id} needs {approval.needed} different people: name yours, approved_by.")


def require_waiting(approval: FoundApproval, locked: LockedExecution) -> None:
    """Raises Conflict where the step does not wait for this approval, or has waited for too long."""
    step = locked.step
    waits = step is not None and step.attempt == approval.attempt and step.status == StepStatus.WAITING
    stopped = locked.status in TERMINAL or (locked.closing and step is not None and step.compensates is None)
    if step is None or not waits or stopped:
        raise Conflict(f"Nothing waits for approval {approval.id} any more.")
    if step.due_in is not None and step.due_in <= 0:
        raise Conflict(f"The time for approval {approval.id} has passed.")


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision as it is kept."""
    at = datetime.now(timezone.utc).isoformat()
    return {"approved": decision.approved, "approved_by": decision.by, "comment": decision.comment, "at": at}


def verdict(needed: int, decisions: Iterable[dict[str, Any]]) -> ApprovalStatus:
    """One who rejects is enough; else as many as needed have to approve, and no name counts twice."""
    kept = list(decisions)
    if not all(decision["approved"] for decision in kept):
        return ApprovalStatus.REJECTED
    return ApprovalStatus.APPROVED if len(kept) >= needed else ApprovalStatus.PENDING


def approval_result(approval: FoundApproval, status: ApprovalStatus, decisions: list[dict[str, Any]]) -> AttemptResult:
    """What the waiting step comes to; a rejection needs an edge of its own."""
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

"""``/approvals``: what waits for a person, and what people decide."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import AppContext, ContextDep, SessionDep
from app.api.http.bodies import Body, object_of, parse_exactly, text_of
from app.api.http.responses import PageDep, as_time, respond, respond_page
from app.api.schemas.approvals import ActionBody, ApprovalFilter, ApprovalRead, DecisionBody
from app.api.schemas.common import body_of
from app.api.views.workflow_bodies import parse_as
from app.engine.commands.approvals import Decision, decide
from app.errors import InvalidInput
from app.storage.models.waiting import Approval
from app.storage.statuses import ApprovalStatus
from app.storage.waiting import approvals

router = APIRouter(prefix="/approvals", tags=["approvals"])


@router.get("", response_model=list[ApprovalRead])
def list_approvals(
    request: Request,
    page: PageDep,
    session: SessionDep,
    status: Annotated[ApprovalFilter, Query(description="ALL: in any status.")] = ApprovalFilter.PENDING,
    execution_id: str | None = None,
) -> Response:
    """Approvals, newest first: those that wait for somebody, or in another status, or of one execution."""
    wanted = None if status == ApprovalFilter.ALL else ApprovalStatus(status.value)
    return respond_page(
        request, page, approvals.list_approvals(session, page, status=wanted, execution_id=execution_id), show_approval
    )


@router.get("/{approval_id}", response_model=ApprovalRead)
def get_approval(approval_id: str, session: SessionDep) -> Response:
    """One approval, with what people have decided so far."""
    return respond(show_approval(approvals.get_approval(session, approval_id)))


@router.post("/{approval_id}/approve", response_model=ApprovalRead, openapi_extra=body_of(DecisionBody, required=False))
def approve_approval(approval_id: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Approve; or, with ``approved`` false, reject."""
    return apply_decision(parts, session, approval_id, read_decision(body, DecisionBody, unsaid=True))


@router.post("/{approval_id}/reject", response_model=ApprovalRead, openapi_extra=body_of(DecisionBody, required=False))
def reject_approval(approval_id: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Reject."""
    decision = read_decision(body, DecisionBody, unsaid=False)
    if decision.approved:
        raise InvalidInput("The body says approved, which is not what /reject is for.")
    return apply_decision(parts, session, approval_id, decision)


@router.post("/{approval_id}/action", response_model=ApprovalRead, openapi_extra=body_of(ActionBody))
def act_on_approval(approval_id: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Approve or reject, as ``approved`` says."""
    return apply_decision(parts, session, approval_id, read_decision(body, ActionBody, unsaid=False))


def read_decision(body: bytes, model: type[DecisionBody], *, unsaid: bool) -> Decision:
    """The decision in a body; ``unsaid`` is what it means where it does not say."""
    given = parse_as(model, object_of(parse_exactly(text_of(body)), "The body") if body.strip() else {})
    return Decision(unsaid if given.approved is None else given.approved, given.approved_by, given.comment)


def apply_decision(parts: AppContext, session: Any, approval_id: str, decision: Decision) -> Response:
    """Decide, and have workers go on from there; the approval as it is now."""
    parts.wake(decide(parts.engine_context, approval_id, decision))
    return respond(show_approval(approvals.get_approval(session, approval_id)))


def show_approval(approval: Approval) -> dict[str, Any]:
    return {
        "id": approval.id,
        "execution_id": approval.execution_id,
        "node_id": approval.node_id,
        "status": approval.status,
        "title": approval.title,
        "description": approval.description,
        "context": approval.context,
        "approvers": approval.approvers,
        "needed": approval.needed,
        "decisions": approval.decisions,
        "created_at": as_time(approval.created_at),
        "expires_at": as_time(approval.expires_at),
        "responded_at": as_time(approval.responded_at),
    }

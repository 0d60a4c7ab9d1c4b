"""``/approvals``: decisions that people make."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.api.dependencies import AppContext, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import PageDep, respond, respond_page
from app.api.http.strict_route import make_router
from app.api.schemas.approvals import ActionBody, ApprovalFilter, ApprovalRead, DecisionBody
from app.api.schemas.common import ApprovalId, body_of
from app.api.schemas.errors import errors_of
from app.api.views.approvals import show_approval
from app.engine.commands.approvals import Decision, decide
from app.errors import InvalidInput
from app.storage.statuses import ApprovalStatus
from app.storage.waiting import approvals

router = make_router("/approvals", tag="approvals")

DecisionDep = Annotated[DecisionBody, Depends(parsed(DecisionBody, optional=True))]
ActionDep = Annotated[ActionBody, Depends(parsed(ActionBody, optional=True))]
#: An approval may not exist (404), may have ended (409), or may have other approvers (403).
ERRORS = errors_of(403, 404, 409)


@router.get("", response_model=list[ApprovalRead])
def list_approvals(
    request: Request,
    page: PageDep,
    session: SnapshotDep,
    status: Annotated[ApprovalFilter, Query(description="ALL: in any status.")] = ApprovalFilter.PENDING,
    execution_id: str | None = None,
) -> Response:
    """Approvals, newest first: pending ones, or those in another status, or of one execution."""
    wanted = None if status == ApprovalFilter.ALL else ApprovalStatus(status.value)
    found = approvals.list_approvals(session, page, status=wanted, execution_id=execution_id)
    return respond_page(request, found, show_approval)


@router.get("/{approval_id}", response_model=ApprovalRead, responses=errors_of(404))
def get_approval(approval_id: ApprovalId, session: SnapshotDep) -> Response:
    """One approval, with the decisions so far."""
    return respond(show_approval(approvals.get_approval(session, approval_id)))


@router.post(
    "/{approval_id}/approve",
    response_model=ApprovalRead,
    responses=ERRORS,
    openapi_extra=body_of(DecisionBody, required=False),
)
def approve_approval(approval_id: ApprovalId, body: DecisionDep, context: ContextDep, session: SessionDep) -> Response:
    """Approve; or, with ``approved`` false, reject."""
    return apply_decision(context, session, approval_id, decision_of(body, approved=body.approved is not False))


@router.post(
    "/{approval_id}/reject",
    response_model=ApprovalRead,
    responses=ERRORS,
    openapi_extra=body_of(DecisionBody, required=False),
)
def reject_approval(approval_id: ApprovalId, body: DecisionDep, context: ContextDep, session: SessionDep) -> Response:
    """Reject."""
    if body.approved:
        raise InvalidInput("`approved` is true; use /approve.")
    return apply_decision(context, session, approval_id, decision_of(body, approved=False))


@router.post("/{approval_id}/action", response_model=ApprovalRead, responses=ERRORS, openapi_extra=body_of(ActionBody))
def act_on_approval(approval_id: ApprovalId, body: ActionDep, context: ContextDep, session: SessionDep) -> Response:
    """Approve or reject, by ``approved``."""
    return apply_decision(context, session, approval_id, decision_of(body, approved=body.approved))


def decision_of(body: DecisionBody, *, approved: bool) -> Decision:
    return Decision(approved, body.approved_by, body.comment, body.output)


def apply_decision(context: AppContext, session: Session, approval_id: str, decision: Decision) -> Response:
    """Record a decision and wake workers; the approval as it is now."""
    context.dispatch(decide(context.engine_context, approval_id, decision))
    return respond(show_approval(approvals.get_approval(session, approval_id)))

"""``/approvals``: decisions that people make."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.access.gate import caller_in
from app.access.scopes import requires
from app.api.command_groups import command_groups_in
from app.api.dependencies import AppContext, CallerDep, ContextDep, SnapshotDep
from app.api.http.bodies import Body, parsed, read_parsed
from app.api.http.raw_route import RawBodyRoute
from app.api.http.responses import PageDep, respond, respond_page
from app.api.router import make_router
from app.api.schemas.approvals import ActionBody, ApprovalFilter, ApprovalRead, DecisionBody
from app.api.schemas.common import APPROVAL, ApprovalId, body_of, path_of
from app.api.schemas.errors import errors_of
from app.api.views.approvals import show_approval, show_decided
from app.engine.commands.approvals import Decided, Decision, record_decision
from app.engine.commands.decide_together import Decide
from app.errors import InvalidInput
from app.storage.access.audit import Deed
from app.storage.models.waiting import Approval
from app.storage.statuses import ApprovalStatus
from app.storage.waiting import approvals

router = make_router("/approvals", tag="approvals")

_read_decision = parsed(DecisionBody, optional=True)
_read_action = parsed(ActionBody, optional=True)
#: An approval may not exist (404), may have ended (409), or may have other approvers (403).
ERRORS = errors_of(403, 404, 409)


@router.get("", dependencies=[requires("executions:read", "approvals:decide")], response_model=list[ApprovalRead])
def list_approvals(
    request: Request,
    page: PageDep,
    caller: CallerDep,
    session: SnapshotDep,
    status: Annotated[ApprovalFilter, Query(description="ALL: in any status.")] = ApprovalFilter.PENDING,
    execution_id: str | None = None,
) -> Response:
    """Approvals, newest first: pending ones, or those in another status, or of one execution."""
    wanted = None if status == ApprovalFilter.ALL else ApprovalStatus(status.value)
    found = approvals.list_approvals(
        session, page, status=wanted, execution_id=execution_id, workflow_prefix=caller.workflow_prefix
    )
    return respond_page(request, found, show_approval)


@router.get(
    "/{approval_id}",
    dependencies=[requires("executions:read", "approvals:decide")],
    response_model=ApprovalRead,
    responses=errors_of(404),
)
def get_approval(approval_id: ApprovalId, session: SnapshotDep) -> Response:
    """One approval, with the decisions so far."""
    return respond(show_approval(approvals.get_approval(session, approval_id)))


async def approve_approval(request: Request, body: Body, context: ContextDep) -> Response:
    """Approve; or, with ``approved`` false, reject."""
    given = await read_parsed(_read_decision, body)
    return await apply_decision(context, request, given, approved=given.approved is not False, size=len(body))


async def reject_approval(request: Request, body: Body, context: ContextDep) -> Response:
    """Reject."""
    given = await read_parsed(_read_decision, body)
    if given.approved:
        raise InvalidInput("`approved` is true; use /approve.")
    return await apply_decision(context, request, given, approved=False, size=len(body))


async def act_on_approval(request: Request, body: Body, context: ContextDep) -> Response:
    """Approve or reject, by ``approved``."""
    given = await read_parsed(_read_action, body)
    return await apply_decision(context, request, given, approved=given.approved, size=len(body))


def install(app: FastAPI) -> None:
    """Add the routes of decisions, on the app itself: each router between would be asked first."""
    for path, endpoint, model in (
        ("approve", approve_approval, DecisionBody),
        ("reject", reject_approval, DecisionBody),
        ("action", act_on_approval, ActionBody),
    ):
        app.router.add_api_route(
            f"/approvals/{{approval_id}}/{path}",
            endpoint,
            methods=["POST"],
            dependencies=[requires("approvals:decide")],
            tags=router.tags,
            response_model=ApprovalRead,
            responses=ERRORS,
            openapi_extra={
                **body_of(model, required=model is ActionBody),
                "parameters": path_of(approval_id=("The id of an approval.", APPROVAL)),
            },
            route_class_override=RawBodyRoute,
        )


async def apply_decision(
    context: AppContext, request: Request, body: DecisionBody, *, approved: bool, size: int
) -> Response:
    """Record a decision, together with those of other requests, and wake workers; the approval as it is now."""
    approval_id, caller = request.path_params["approval_id"], caller_in(request)
    decision = Decision(approved, caller.decides_as or body.approved_by, body.comment, body.output)
    deed = Deed(caller, "approve" if approved else "reject", "approval", approval_id)
    decided = await command_groups_in(request).decisions.submit(Decide(approval_id, decision, deed, size))
    if decided is None:
        decided = await run_in_threadpool(_decide_alone, context, approval_id, decision, deed)
    approval = decided.approval
    if approval is None:
        approval = await run_in_threadpool(_read_approval, context, approval_id)
    return respond(show_decided(approval, caller, body.approved_by))


def _decide_alone(context: AppContext, approval_id: str, decision: Decision, deed: Deed) -> Decided:
    decided = record_decision(context.engine_context, approval_id, decision, deed)
    context.dispatch(decided.aftermath)
    return decided


def _read_approval(context: AppContext, approval_id: str) -> Approval:
    with context.sessions() as session:
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        return approvals.get_approval(session, approval_id)

"""``/approvals/…/links``: links for approvers, for mail and chat; each opens a page whose button decides."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from app.access.caller import Caller, CallerKind
from app.access.scopes import Scope, open_to_all, requires
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import Body
from app.api.http.responses import respond_list
from app.api.router import make_router
from app.api.schemas.approvals import MAX_COMMENT, LinkRead
from app.api.schemas.common import ApprovalId
from app.api.schemas.errors import errors_of, pages_of
from app.api.views.approval_page import (
    is_used,
    page_of_decision,
    page_of_form,
    page_of_invalid_form,
    page_of_invalid_link,
    page_of_refusal,
    page_of_used_link,
)
from app.engine.commands.approvals import Decision, decide
from app.engine.services.approval_links import ApprovalLinks, Ticket, verify
from app.errors import Conflict, Forbidden, NotFound
from app.storage.access.audit import Deed
from app.storage.models.waiting import Approval
from app.storage.waiting import approvals

router = make_router("/approvals", tag="approvals")
#: Not strict about query parameters: programs that send and scan mail add some of their own to a link.
pages = make_router("/approvals/links", tag="approvals", route_class=APIRoute)

#: The link is the credential: its signature names the approver.
SIGNED = open_to_all("The link is signed, and is itself the right to decide.")

#: Fields of the form that are read.
MAX_FIELDS = 1000


@router.get(
    "/{approval_id}/links",
    dependencies=[requires("approvals:decide")],
    response_model=list[LinkRead],
    responses=errors_of(404),
)
def list_links(
    request: Request, approval_id: ApprovalId, context: ContextDep, caller: CallerDep, session: SnapshotDep
) -> Response:
    """
    The links of one approval: for each named approver, one to approve and one to reject.

    A link is the right to decide as its approver, so only the scope `admin` gets those of others.
    """
    address = context.settings.external_url or str(request.base_url)
    links = ApprovalLinks(key_of(context), address.rstrip("/"))
    approval = approvals.get_approval(session, approval_id)
    return respond_list(
        {
            "approver": approver,
            "approve": links.link(Ticket(approval.id, approver, True)),
            "reject": links.link(Ticket(approval.id, approver, False)),
        }
        for approver in approval.approvers
        if caller.may([Scope.ADMIN]) or caller.name == approver
    )


@pages.get("/{token}", dependencies=[SIGNED], response_class=HTMLResponse, responses=pages_of(404, 409))
def show_link(token: str, context: ContextDep, session: SnapshotDep) -> Response:
    """A page with a button. Opening it decides nothing: programs that scan mail open every link."""
    ticket, approval = fetch_approval(session, context, token)
    if ticket is None or approval is None:
        return page_of_invalid_link()
    return page_of_used_link(ticket, approval) if is_used(ticket, approval) else page_of_form(ticket, approval)


@pages.post("/{token}", dependencies=[SIGNED], response_class=HTMLResponse, responses=pages_of(404, 409, 422))
def use_link(token: str, request: Request, body: Body, context: ContextDep, session: SessionDep) -> Response:
    """Make the decision of the link, once."""
    ticket, approval = fetch_approval(session, context, token)
    if ticket is None or approval is None:
        return page_of_invalid_link()
    if is_used(ticket, approval):
        return page_of_used_link(ticket, approval)
    try:
        decision = Decision(ticket.approved, ticket.approver, comment_in(body), once=True)
    except ValueError:
        return page_of_invalid_form(f"It has more than {MAX_FIELDS} fields.")
    try:
        address = request.client.host if request.client else None
        approver = Caller(ticket.approver, CallerKind.LINK, frozenset(), address=address)
        deed = Deed(approver, "approve" if ticket.approved else "reject", "approval", approval.id)
        context.dispatch(decide(context.engine_context, ticket.approval_id, decision, deed))
    except (Conflict, Forbidden) as error:
        return page_of_refusal(approval, str(error))
    return page_of_decision(ticket, approvals.get_approval(session, approval.id))


def key_of(context: AppContext) -> str:
    """The key that signs links. Raises NotFound if the deployment has none."""
    if context.settings.approval_secret is None:
        raise NotFound("Approval links are not available: APPROVAL_SECRET is not set.")
    return context.settings.approval_secret


def fetch_approval(session: Session, context: AppContext, token: str) -> tuple[Ticket | None, Approval | None]:
    """The ticket of a link, and its approval; None for what does not exist."""
    ticket = verify(token, key_of(context))
    if ticket is None:
        return None, None
    try:
        return ticket, approvals.get_approval(session, ticket.approval_id)
    except NotFound:
        return ticket, None
    finally:
        session.rollback()


def comment_in(body: bytes) -> str | None:
    """The comment in the form, up to its longest. Raises ValueError for a form of too many fields."""
    fields = parse_qs(body.decode(errors="replace"), max_num_fields=MAX_FIELDS)
    return fields.get("comment", [""])[0].strip().replace("\x00", "")[:MAX_COMMENT] or None

"""``/approvals/…/links``: a link for each approver, for mail and chat; it shows a page, and only its button decides."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.api.dependencies import AppContext, ContextDep, SessionDep
from app.api.http.bodies import Body
from app.api.http.responses import respond_list
from app.api.schemas.approvals import COMMENT, LinkRead
from app.api.views.signatures import Ticket, sign, verify
from app.engine.commands.approvals import Decision, decide
from app.errors import Conflict, Forbidden, NotFound
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.statuses import ApprovalStatus
from app.storage.waiting import approvals

router = APIRouter(prefix="/approvals", tags=["approvals"])

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
#: The page holds nothing but itself, is kept nowhere, and tells nobody its address.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem }}
textarea {{ width: 100%; box-sizing: border-box }} button {{ font: inherit; margin-top: 1rem }}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""
FORM = """<p>{description}</p>
<form method="post"><label>Comment<textarea name="comment" rows="3" maxlength="{most}"></textarea></label>
<button>{button} as {approver}</button></form>"""


@router.get("/{approval_id}/links", response_model=list[LinkRead])
def list_links(request: Request, approval_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """The links of one approval: for each approver who is named, one to approve and one to reject."""
    key = key_of(parts)
    approval = approvals.get_approval(session, approval_id)

    def link(approver: str, approved: bool) -> str:
        return f"{request.base_url}approvals/links/{sign(Ticket(approval.id, approver, approved), key)}"

    return respond_list(
        {"approver": approver, "approve": link(approver, True), "reject": link(approver, False)}
        for approver in approval.approvers
    )


@router.get("/links/{token}", response_class=HTMLResponse)
def show_link(token: str, parts: ContextDep, session: SessionDep) -> Response:
    """A page with a button; to look at it decides nothing, as what scans mail looks at everything."""
    ticket, approval = fetch_links(session, parts, token)
    if ticket is None or approval is None:
        return render_page(404, "This link is not valid.")
    if is_used(ticket, approval):
        return render_page(409, render_text(approval.title), over(approval))
    return render_page(200, render_text(approval.title), render_form(ticket, approval))


@router.post("/links/{token}", response_class=HTMLResponse)
def use_link(token: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Decide, once, as the link says."""
    ticket, approval = fetch_links(session, parts, token)
    if ticket is None or approval is None:
        return render_page(404, "This link is not valid.")
    if is_used(ticket, approval):
        return render_page(409, render_text(approval.title), over(approval))
    decision = Decision(ticket.approved, ticket.approver, comment_in(body), once=True)
    try:
        parts.wake(decide(parts.engine_context, ticket.approval_id, decision))
    except (Conflict, Forbidden) as error:
        return render_page(409, render_text(approval.title), f"<p>{escape(str(error))}</p>")
    return render_page(200, render_text(approval.title), f"<p>Thank you: {render_done(ticket)}.</p>")


def key_of(parts: AppContext) -> str:
    """Raises NotFound where the deployment has no key."""
    if parts.settings.approval_secret is None:
        raise NotFound("Links are not offered here: APPROVAL_SECRET is not set.")
    return parts.settings.approval_secret


def fetch_links(session: Session, parts: AppContext, token: str) -> tuple[Ticket | None, Approval | None]:
    """What the link stands for, and the approval that it is about."""
    ticket = verify(token, key_of(parts))
    with session.begin():
        return ticket, approvals.get_approval(session, ticket.approval_id) if ticket else None


def is_used(ticket: Ticket, approval: Approval) -> bool:
    """True where this person has decided, or nobody can any more."""
    said = any(decision["approved_by"] == ticket.approver for decision in approval.decisions)
    return said or approval.status != ApprovalStatus.PENDING


def over(approval: Approval) -> str:
    return f"<p>This link has had its time: the approval is {approval.status}, or you have decided already.</p>"


def render_form(ticket: Ticket, approval: Approval) -> str:
    description = "" if approval.description is None else escape(render_text(approval.description))
    return FORM.format(
        description=description, button=render_button(ticket), approver=escape(ticket.approver), most=COMMENT
    )


def render_button(ticket: Ticket) -> str:
    return "Approve" if ticket.approved else "Reject"


def render_done(ticket: Ticket) -> str:
    return f"{'approved' if ticket.approved else 'rejected'} as {escape(ticket.approver)}"


def comment_in(body: bytes) -> str | None:
    """What was written into the form, as far as a comment may go."""
    fields = parse_qs(body.decode(errors="replace"), max_num_fields=10)
    return fields.get("comment", [""])[0].strip()[:COMMENT] or None


def render_text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def render_page(status: int, title: str, body: str = "") -> Response:
    content = PAGE.format(title=escape(title), body=body).encode("ascii", "xmlcharrefreplace")
    return Response(content, status, HEADERS, media_type="text/html; charset=utf-8")

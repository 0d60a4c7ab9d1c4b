"""``/approvals/…/links``: a link for each approver, for mail and chat; it shows a page, and only its button decides."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.api.answers import answer_list
from app.api.bodies import Body
from app.api.dependencies import Parts, PartsDep, SessionDep
from app.api.shapes import COMMENT, LinkShape
from app.api.signatures import Ticket, read, sign
from app.engine.approvals import Decision, decide
from app.errors import Conflict, Forbidden, NotFound
from app.storage import approvals
from app.storage.documents import dumps
from app.storage.models import Approval
from app.storage.statuses import ApprovalStatus

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


@router.get("/{approval_id}/links", response_model=list[LinkShape])
def list_links(request: Request, approval_id: str, parts: PartsDep, session: SessionDep) -> Response:
    """The links of one approval: for each approver who is named, one to approve and one to reject."""
    key = key_of(parts)
    approval = approvals.get(session, approval_id)

    def link(approver: str, approved: bool) -> str:
        return f"{request.base_url}approvals/links/{sign(Ticket(approval.id, approver, approved), key)}"

    return answer_list(
        {"approver": approver, "approve": link(approver, True), "reject": link(approver, False)}
        for approver in approval.approvers
    )


@router.get("/links/{token}", response_class=HTMLResponse)
def show_link(token: str, parts: PartsDep, session: SessionDep) -> Response:
    """A page with a button; to look at it decides nothing, as what scans mail looks at everything."""
    ticket, approval = found(session, parts, token)
    if ticket is None or approval is None:
        return page(404, "This link is not valid.")
    if is_used(ticket, approval):
        return page(409, text(approval.title), over(approval))
    return page(200, text(approval.title), form(ticket, approval))


@router.post("/links/{token}", response_class=HTMLResponse)
def use_link(token: str, body: Body, parts: PartsDep, session: SessionDep) -> Response:
    """Decide, once, as the link says."""
    ticket, approval = found(session, parts, token)
    if ticket is None or approval is None:
        return page(404, "This link is not valid.")
    if is_used(ticket, approval):
        return page(409, text(approval.title), over(approval))
    decision = Decision(ticket.approved, ticket.approver, comment_in(body), once=True)
    try:
        parts.wake(decide(parts.engine, parts.programs, ticket.approval_id, decision, parts.terms))
    except (Conflict, Forbidden) as error:
        return page(409, text(approval.title), f"<p>{escape(str(error))}</p>")
    return page(200, text(approval.title), f"<p>Thank you: {done(ticket)}.</p>")


def key_of(parts: Parts) -> str:
    """Raises NotFound where the deployment has no key."""
    if parts.settings.approval_secret is None:
        raise NotFound("Links are not offered here: APPROVAL_SECRET is not set.")
    return parts.settings.approval_secret


def found(session: Session, parts: Parts, token: str) -> tuple[Ticket | None, Approval | None]:
    """What the link stands for, and the approval that it is about."""
    ticket = read(token, key_of(parts))
    with session.begin():
        return ticket, approvals.get(session, ticket.approval_id) if ticket else None


def is_used(ticket: Ticket, approval: Approval) -> bool:
    """True where this person has decided, or nobody can any more."""
    said = any(decision["approved_by"] == ticket.approver for decision in approval.decisions)
    return said or approval.status != ApprovalStatus.PENDING


def over(approval: Approval) -> str:
    return f"<p>This link has had its time: the approval is {approval.status}, or you have decided already.</p>"


def form(ticket: Ticket, approval: Approval) -> str:
    description = "" if approval.description is None else escape(text(approval.description))
    return FORM.format(description=description, button=button(ticket), approver=escape(ticket.approver), most=COMMENT)


def button(ticket: Ticket) -> str:
    return "Approve" if ticket.approved else "Reject"


def done(ticket: Ticket) -> str:
    return f"{'approved' if ticket.approved else 'rejected'} as {escape(ticket.approver)}"


def comment_in(body: bytes) -> str | None:
    """What was written into the form, as far as a comment may go."""
    fields = parse_qs(body.decode(errors="replace"), max_num_fields=10)
    return fields.get("comment", [""])[0].strip()[:COMMENT] or None


def text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def page(status: int, title: str, body: str = "") -> Response:
    content = PAGE.format(title=escape(title), body=body).encode("ascii", "xmlcharrefreplace")
    return Response(content, status, HEADERS, media_type="text/html; charset=utf-8")

"""The page behind an approval link."""

from __future__ import annotations

import json
from typing import Any

import jinja2
from fastapi.responses import Response

from app.api.schemas.approvals import MAX_COMMENT
from app.engine.services.approval_links import Ticket
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.statuses import ApprovalStatus

#: Characters of the context that the page shows.
MAX_CONTEXT = 20_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
#: The page loads nothing, is not cached, and does not give its address, which is the permission, to other sites.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    # Not no-referrer: with that, a browser sends the form with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_TEMPLATE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>body { font: 1rem/1.5 sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem }
textarea { width: 100%; box-sizing: border-box } button { font: inherit; margin-top: 1rem }
pre { overflow-x: auto; padding: .5rem; background: #eee8 }</style></head>
<body><h1>{{ title }}</h1>
{% if message %}
<p>{{ message }}</p>
{% endif %}
{% if approval %}
{% if description %}
<p>{{ description }}</p>
{% endif %}
{% if context %}
<pre>{{ context }}</pre>
{% endif %}
<p>Status: {{ approval.status }}
{%- if approval.needed > 1 %}; {{ approvals }} of {{ approval.needed }} approvals{% endif %}.</p>
{% if approval.decisions %}
<ul>
{% for decision in approval.decisions %}
<li>{{ decision.approved_by or "Somebody" }} {{ "approved" if decision.approved else "rejected" }}
on {{ decision.at[:16] | replace("T", " ") }} UTC{% if decision.comment %}: {{ decision.comment }}{% endif %}</li>
{% endfor %}
</ul>
{% endif %}
{% if button %}
<form method="post"><label>Comment<textarea name="comment" rows="3" maxlength="{{ max_comment }}"></textarea></label>
<button>{{ button }}</button></form>
{% endif %}
{% endif %}
</body></html>
""")


def page_of_form(ticket: Ticket, approval: Approval) -> Response:
    """The page with the button that decides."""
    word = "Approve" if ticket.approved else "Reject"
    return _page(200, _text(approval.title), approval, button=f"{word} as {ticket.approver}")


def page_of_used_link(ticket: Ticket, approval: Approval) -> Response:
    """The page of a link that cannot decide any more, and why."""
    own = [decision for decision in approval.decisions if decision["approved_by"] == ticket.approver]
    if own:
        word = "approved" if own[0]["approved"] else "rejected"
        message = f"This link is no longer valid: you have already {word} this."
    else:
        message = f"This link is no longer valid: the approval is {approval.status}."
    return _page(409, _text(approval.title), approval, message)


def page_of_refusal(approval: Approval, reason: str) -> Response:
    """The page of a decision that was not possible."""
    return _page(409, _text(approval.title), approval, reason)


def page_of_decision(ticket: Ticket, approval: Approval) -> Response:
    """The page after a decision, with the approval as it is now."""
    word = "approved" if ticket.approved else "rejected"
    return _page(200, _text(approval.title), approval, f"Thank you: {word} as {ticket.approver}.")


def page_of_invalid_link() -> Response:
    return _page(404, "This link is not valid.")


def page_of_invalid_form(reason: str) -> Response:
    return _page(422, "This form cannot be read.", message=reason)


def is_used(ticket: Ticket, approval: Approval) -> bool:
    """True if this person has decided, or the approval has ended."""
    has_decided = any(decision["approved_by"] == ticket.approver for decision in approval.decisions)
    return has_decided or approval.status != ApprovalStatus.PENDING


def _page(
    status: int, title: str, approval: Approval | None = None, message: str = "", *, button: str = ""
) -> Response:
    values: dict[str, Any] = {"title": title, "approval": approval, "message": message, "button": button}
    if approval is not None:
        values |= {
            "description": None if approval.description is None else _text(approval.description),
            "context": _context_text(approval.context),
            "approvals": sum(bool(decision["approved"]) for decision in approval.decisions),
            "max_comment": MAX_COMMENT,
        }
    content = _TEMPLATE.render(values).encode("ascii", "xmlcharrefreplace")
    return Response(content, status, HEADERS, media_type="text/html; charset=utf-8")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def _context_text(context: Any) -> str:
    if context is None or context == {}:
        return ""
    text = json.dumps(context, ensure_ascii=False, indent=2)
    return text if len(text) <= MAX_CONTEXT else text[:MAX_CONTEXT] + " …"

"""The page behind an approval link."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from fastapi.responses import Response

from app.api.schemas.approvals import MAX_COMMENT
from app.deferred import Deferred
from app.engine.services.approval_links import Ticket
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.statuses import ApprovalStatus

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = Deferred("jinja2")

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
_STYLE = """
:root { color-scheme: light dark; --page: #f3f4f6; --card: #fff; --text: #1b1f24; --muted: #57606a; --line: #d5d9e0;
  --approve: #1a7f37; --reject: #b42318 }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1216; --card: #181c22; --text: #e6e9ee; --muted: #9aa4b2; --line: #343b46;
    --approve: #238636; --reject: #c93c37 } }
* { box-sizing: border-box }
body { margin: 0; padding: clamp(1rem, 8vh, 5rem) 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem }
main > :last-child { margin-bottom: 0 }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3 }
.message { padding: .75rem 1rem; border: 1px solid var(--line); border-left-width: .25rem; border-radius: .375rem }
.description { white-space: pre-line }
pre { max-height: 20rem; overflow: auto; padding: .75rem 1rem; background: var(--page); border-radius: .375rem;
  font: .875rem/1.5 ui-monospace, monospace; white-space: pre-wrap }
.status, ul { color: var(--muted) }
ul { padding-left: 1.25rem }
label { display: block; margin-top: 1.25rem; font-weight: 600 }
textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem .75rem; background: var(--card);
  color: inherit; font: inherit; border: 1px solid var(--muted); border-radius: .375rem; resize: vertical }
button { max-width: 100%; min-height: 2.75rem; margin-top: 1rem; padding: .5rem 1.25rem; color: #fff; font: inherit;
  font-weight: 600; overflow-wrap: anywhere; border: 0; border-radius: .375rem; cursor: pointer }
.approve { background: var(--approve) } .reject { background: var(--reject) }
:focus-visible { outline: 2px solid #4c8dff; outline-offset: 2px }
@media (max-width: 30rem) { button { width: 100% } }
"""
_TEMPLATE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style | safe }}</style></head>
<body><main><h1>{{ title }}</h1>
{% if message %}
<p class="message">{{ message }}</p>
{% endif %}
{% if approval %}
{% if description %}
<p class="description">{{ description }}</p>
{% endif %}
{% if context %}
<pre tabindex="0">{{ context }}</pre>
{% endif %}
<p class="status">Status: {{ approval.status }}
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
<button class="{{ kind }}">{{ button }}</button></form>
{% endif %}
{% endif %}
</main></body></html>
"""


def page_of_form(ticket: Ticket, approval: Approval) -> Response:
    """The page with the button that decides."""
    kind: Literal["approve", "reject"] = "approve" if ticket.approved else "reject"
    return _page(200, _text(approval.title), approval, kind=kind, button=f"{kind.title()} as {ticket.approver}")


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
    """The page of a link that nobody has signed, or whose approval does not exist any more."""
    return _page(404, "This link is not valid.", message="Copy the whole link from the message, or ask for a new one.")


def page_of_invalid_form(reason: str) -> Response:
    """The page of a form with too many fields."""
    return _page(422, "This form cannot be read.", message=reason)


def is_used(ticket: Ticket, approval: Approval) -> bool:
    """True if this person has decided, or the approval has ended."""
    has_decided = any(decision["approved_by"] == ticket.approver for decision in approval.decisions)
    return has_decided or approval.status != ApprovalStatus.PENDING


def _page(
    status: int,
    title: str,
    approval: Approval | None = None,
    message: str = "",
    *,
    button: str = "",
    kind: Literal["approve", "reject"] = "approve",
) -> Response:
    """A page; ``kind`` is the colour of its ``button``."""
    values: dict[str, Any] = {"title": title, "approval": approval, "message": message, "button": button, "kind": kind}
    values["style"] = _STYLE
    if approval is not None:
        values |= {
            "description": None if approval.description is None else _text(approval.description),
            "context": _context_text(approval.context),
            "approvals": sum(bool(decision["approved"]) for decision in approval.decisions),
            "max_comment": MAX_COMMENT,
        }
    content = _compile_template().render(values).encode("ascii", "xmlcharrefreplace")
    return Response(content, status, HEADERS, media_type="text/html; charset=utf-8")


@cache
def _compile_template() -> jinja2.Template:
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_TEMPLATE)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def _context_text(context: Any) -> str:
    if context is None or context == {}:
        return ""
    text = json.dumps(context, ensure_ascii=False, indent=2)
    return text if len(text) <= MAX_CONTEXT else text[:MAX_CONTEXT] + " …"

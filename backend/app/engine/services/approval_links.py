"""Signed links by which approvers decide: a token that only the holder of APPROVAL_SECRET can make."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from app.settings import Settings

#: Below the address of the API.
PATH = "/approvals/links/"


@dataclass(frozen=True)
class Ticket:
    """The decision that a link makes."""

    approval_id: str
    approver: str
    approved: bool


@dataclass(frozen=True)
class ApprovalLinks:
    """Makes links; handlers put them into messages, and the API lists them."""

    key: str
    #: Where approvers reach the API, without a slash at the end.
    address: str

    def link(self, ticket: Ticket) -> str:
        """The URL of a page with a button that makes this decision."""
        return f"{self.address}{PATH}{sign(ticket, self.key)}"


def make_approval_links(settings: Settings) -> ApprovalLinks | None:
    """The links of a deployment, below ``EXTERNAL_URL`` or ``PUBLIC_URL``; None without ``APPROVAL_SECRET``."""
    if settings.approval_secret is None:
        return None
    address = settings.external_url or settings.public_url or "http://localhost:8000"
    return ApprovalLinks(settings.approval_secret, address.rstrip("/"))


def sign(ticket: Ticket, key: str) -> str:
    """The ticket as text for a URL."""
    return _serializer(key).dumps([ticket.approval_id, ticket.approver, ticket.approved])


def verify(token: str, key: str) -> Ticket | None:
    """The ticket; None if it was not signed with this key."""
    try:
        approval_id, approver, approved = _serializer(key).loads(token)
    except (BadData, TypeError, ValueError):
        return None
    return Ticket(approval_id, approver, approved)


def _serializer(key: str) -> URLSafeSerializer:
    signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(key, salt="approval link", signer_kwargs=signing)

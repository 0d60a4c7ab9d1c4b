"""Signed links: which approver says what about which approval, in a text that only the holder of the key can make."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from app.storage.json_text import dumps, loads


@dataclass(frozen=True)
class Ticket:
    """What a link stands for."""

    approval_id: str
    approver: str
    approved: bool


def sign(ticket: Ticket, key: str) -> str:
    """The ticket as a text fit for a URL."""
    content = _encode_part(dumps([ticket.approval_id, ticket.approver, ticket.approved]).encode())
    return f"{content}.{_signature(content, key)}"


def verify(token: str, key: str) -> Ticket | None:
    """The ticket; None where nobody with this key has signed it."""
    content, _, signature = token.partition(".")
    if not hmac.compare_digest(_signature(content, key).encode(), signature.encode(errors="replace")):
        return None
    try:
        return Ticket(*loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))))
    except (binascii.Error, TypeError, ValueError):
        return None


def _signature(content: str, key: str) -> str:
    signed = f"approval link {content}".encode(errors="replace")
    return _encode_part(hmac.digest(key.encode(), signed, hashlib.sha256))


def _encode_part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")

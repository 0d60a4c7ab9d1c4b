"""All valid credentials of the deployment, as each API process keeps them in memory."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor


class KeyRow(NamedTuple):
    """A key that is not revoked; it may have expired."""

    digest: bytes
    id: str
    name: str
    prefix: str
    scopes: list[str]
    workflow_prefix: str | None
    requests_per_second: int | None
    bytes_per_minute: int | None
    expires_at: datetime | None


class SessionRow(NamedTuple):
    """A session of the studio; it may have expired."""

    digest: bytes
    key_id: str | None
    name: str
    scopes: list[str]
    expires_at: datetime


_KEYS = """
SELECT digest, id, name, prefix, scopes, workflow_prefix, requests_per_second, bytes_per_minute, expires_at
FROM api_keys WHERE revoked_at IS NULL"""
_SESSIONS = "SELECT digest, key_id, name, scopes, expires_at FROM login_sessions WHERE expires_at > now()"


def fetch_keys(cursor: Cursor) -> list[KeyRow]:
    """All keys that are not revoked."""
    cursor.execute(_KEYS)
    return [KeyRow(bytes(digest), *rest) for digest, *rest in cursor.fetchall()]


def fetch_sessions(cursor: Cursor) -> list[SessionRow]:
    """All sessions that have not ended."""
    cursor.execute(_SESSIONS)
    return [SessionRow(bytes(digest), *rest) for digest, *rest in cursor.fetchall()]

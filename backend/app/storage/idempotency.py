"""Idempotency keys: a request that is repeated under the same key gets the first response and changes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.errors import InvalidInput
from app.storage.database import Cursor, is_idle
from app.storage.json_text import JsonText, dumps

#: Characters of a key that an error shows.
_SHOWN_CHARACTERS = 100


class KeyReused(InvalidInput):
    """An idempotency key that came before with another body."""


@dataclass(frozen=True)
class KeyedRequest:
    """A request that came with an ``Idempotency-Key``."""

    #: The key as its sender wrote it.
    key: str
    #: The method and the path, as ``POST /executions``: each route has keys of its own.
    route: str
    #: The body as it was sent.
    body: bytes
    #: Days for which the key is kept.
    days: int

    @property
    def digest(self) -> str:
        """What the key is stored as, together with its route."""
        return digest_of([self.route, self.key])

    @property
    def body_hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class FirstResponse(NamedTuple):
    """The response that the first request with a key got."""

    #: The HTTP status.
    status: int
    body: JsonText


def digest_of(parts: Any) -> str:
    """SHA-256 of a value as JSON, in hexadecimal."""
    return hashlib.sha256(dumps(parts).encode()).hexdigest()


def reused(key: str) -> KeyReused:
    """The error for a key that came with another body."""
    shown = key if len(key) <= _SHOWN_CHARACTERS else key[:_SHOWN_CHARACTERS] + "…"
    return KeyReused(
        f"The Idempotency-Key {shown!r} was used before with another body; use a new key for a new request."
    )


_CLAIM = """
INSERT INTO idempotency_keys AS known (key, route, body_hash, expires_at)
VALUES (%(key)s, %(route)s, %(body_hash)s, clock_timestamp() + %(days)s * interval '1 day')
ON CONFLICT (key) DO UPDATE
SET route = excluded.route, body_hash = excluded.body_hash, status = NULL, response = NULL,
    created_at = clock_timestamp(), expires_at = excluded.expires_at
WHERE known.expires_at <= clock_timestamp()
RETURNING key"""
_FIRST = "SELECT body_hash, status, response::text FROM idempotency_keys WHERE key = %s"


def claim_key(cursor: Cursor, request: KeyedRequest) -> FirstResponse | None:
    """
    Claim the request's key, or return the response of the first request with it.

    None: the key is new, or has expired; do the work and call ``store_response`` in the same transaction, which is
    opened here where none is open. A repeat that comes meanwhile waits here until that transaction ends. Raises
    KeyReused where the first body was another.
    """
    values = {"key": request.digest, "route": request.route, "body_hash": request.body_hash, "days": request.days}
    claim = cursor.mogrify(_CLAIM, values)
    cursor.execute(b"BEGIN;" + claim if is_idle(cursor) else claim)
    if cursor.fetchone() is not None:
        return None
    cursor.execute(_FIRST, (request.digest,))
    row = cursor.fetchone()
    if row is None:
        # The key expired and was removed between the two statements.
        return claim_key(cursor, request)
    body_hash, status, response = row
    if body_hash != request.body_hash:
        raise reused(request.key)
    return FirstResponse(status, JsonText(response))


def store_response(cursor: Cursor, request: KeyedRequest, response: FirstResponse, *, ends: bool = False) -> None:
    """Keep the response for repeats, in the transaction that claimed the key; ``ends`` commits it."""
    cursor.execute(
        "UPDATE idempotency_keys SET status = %s, response = %s WHERE key = %s" + (";COMMIT" if ends else ""),
        (response.status, str(response.body), request.digest),
    )


def delete_expired_keys(cursor: Cursor, *, batch: int) -> int:
    """Remove at most ``batch`` keys that have expired; returns how many were removed."""
    cursor.execute(
        "WITH expired AS (SELECT key FROM idempotency_keys"
        " WHERE expires_at <= statement_timestamp() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)"
        " DELETE FROM idempotency_keys k USING expired WHERE k.key = expired.key",
        (batch,),
    )
    return cursor.rowcount

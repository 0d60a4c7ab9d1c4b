"""``Idempotency-Key``: a repeated request gets the first response and starts nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy.orm import Session

from app.api.dependencies import AppContext, ContextDep
from app.api.http.bodies import Body
from app.api.http.responses import Shown, json_response
from app.storage.database import Cursor, commit, driver
from app.storage.idempotency import FirstResponse, KeyedRequest, claim_key, store_response
from app.storage.json_text import JsonText, write_object
from app.storage.orm import cursor_of

REPLAYED = {"Idempotent-Replayed": "true"}


#: The header of a route that reads it itself, for OpenAPI.
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "example": "order-1017-paid",
    "description": "A repeat with the same key gets the first response; another body gets 422.",
}


async def keyed_request_of(
    request: Request,
    body: Body,
    context: ContextDep,
    idempotency_key: Annotated[str | None, Header(description=KEY_PARAMETER["description"])] = None,
) -> KeyedRequest | None:
    """The request with its key; None if it has no key."""
    return read_key(request, body, context)


def read_key(request: Request, body: bytes, context: AppContext) -> KeyedRequest | None:
    """The request with its key; None if it has no key."""
    key = request.headers.get("idempotency-key", "").strip(" \t")
    if not key:
        return None
    route = f"{request.method} {request.scope['path']}"
    return KeyedRequest(key=key, route=route, body=body, days=context.settings.idempotency_days)


KeyedDep = Annotated[KeyedRequest | None, Depends(keyed_request_of)]


@dataclass(frozen=True)
class Work:
    """The response of a request, and what to do once its transaction has been committed."""

    status: int
    members: Shown
    after_commit: Callable[[], None] = lambda: None


def respond_once(session: Session, keyed: KeyedRequest | None, work: Callable[[Cursor], Work]) -> Response:
    """
    Do the work of a request in one transaction, together with the claim of its key; a repeat gets the first response.

    Raises KeyReused if the key came before with another body.
    """
    with session.begin():
        response, after_commit = _work_once(cursor_of(session), keyed, work)
    after_commit()
    return response


def respond_once_hot(context: AppContext, keyed: KeyedRequest | None, work: Callable[[Cursor], Work]) -> Response:
    """The same without a session, for routes that are called often: without a key, the work may be one statement."""
    with driver(context.engine) as connection, connection.cursor() as cursor:
        response, after_commit = _work_once(cursor, keyed, work, ends=True)
        commit(cursor)
    after_commit()
    return response


def _work_once(
    cursor: Cursor, keyed: KeyedRequest | None, work: Callable[[Cursor], Work], *, ends: bool = False
) -> tuple[Response, Callable[[], None]]:
    first = claim_key(cursor, keyed) if keyed else None
    if first is not None:
        return json_response(first.body, first.status, REPLAYED), lambda: None
    done = work(cursor)
    text = JsonText(write_object(done.members))
    if keyed:
        store_response(cursor, keyed, FirstResponse(done.status, text), ends=ends)
    return json_response(text, done.status), done.after_commit

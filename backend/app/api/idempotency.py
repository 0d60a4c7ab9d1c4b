"""``Idempotency-Key``: a repeated request gets the first response and starts nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy.orm import Session

from app.api.dependencies import ContextDep
from app.api.http.bodies import Body
from app.api.http.responses import Shown, json_response
from app.storage.database import cursor_of
from app.storage.idempotency import FirstResponse, KeyedRequest, claim_key, store_response
from app.storage.json_text import JsonText, write_object

REPLAYED = {"Idempotent-Replayed": "true"}


async def keyed_request_of(
    request: Request,
    body: Body,
    context: ContextDep,
    idempotency_key: Annotated[
        str | None,
        Header(description="A repeat with the same key gets the first response; another body gets 422."),
    ] = None,
) -> KeyedRequest | None:
    """The request with its key; None if it has no key."""
    key = (idempotency_key or "").strip(" \t")
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


def respond_once(session: Session, keyed: KeyedRequest | None, work: Callable[[], Work]) -> Response:
    """
    Do the work of a request in one transaction, together with the claim of its key; a repeat gets the first response.

    Raises KeyReused if the key came before with another body.
    """
    with session.begin():
        cursor = cursor_of(session) if keyed else None
        first = claim_key(cursor, keyed) if cursor and keyed else None
        if first is not None:
            return json_response(first.body, first.status, REPLAYED)
        done = work()
        text = JsonText(write_object(done.members))
        if cursor and keyed:
            store_response(cursor, keyed, FirstResponse(done.status, text))
    done.after_commit()
    return json_response(text, done.status)

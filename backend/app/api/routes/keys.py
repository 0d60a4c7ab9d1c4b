"""``/keys``: API keys, each shown once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from app.access.keys import digest_of, make_key, shown_start
from app.access.scopes import Scope, requires
from app.api.dependencies import CallerDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import PageDep, as_time, respond, respond_page
from app.api.router import make_router
from app.api.schemas.access import KEY, KeyBody, KeyRead, KeyRevoked, NewKeyRead
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.errors import InvalidInput
from app.storage.access import keys
from app.storage.access.audit import record_deed
from app.storage.access.keys import NewKey
from app.storage.clock import clock
from app.storage.models.access import ApiKey
from app.storage.orm import cursor_of

router = make_router("/keys", tag="access")

#: Scopes for things that belong to no workflow: keys, secrets, hooks, subscriptions to the events of all workflows.
UNBOUND = frozenset({Scope.ADMIN, Scope.SECRETS_WRITE})
KeyDep = Annotated[KeyBody, Depends(parsed(KeyBody))]


@router.post(
    "",
    dependencies=[requires("admin")],
    status_code=201,
    response_model=NewKeyRead,
    openapi_extra=body_of(KeyBody),
)
def create_key(given: KeyDep, request: Request, caller: CallerDep, session: SessionDep) -> Response:
    """Make a key. It is in this response only; a digest of it is kept."""
    if given.expires_at is not None and given.expires_at <= clock.now():
        raise InvalidInput(f"`expires_at` is {given.expires_at.isoformat()}, which is not in the future.")
    unbound = sorted(scope.value for scope in UNBOUND.intersection(given.scopes))
    if given.workflow_prefix is not None and unbound:
        raise InvalidInput(
            f"A key with the scope {unbound[0]} cannot have a `workflow_prefix`: it reaches the whole deployment."
        )
    text = make_key()
    new = NewKey(
        **{**given.model_dump(), "scopes": sorted({scope.value for scope in given.scopes})},
        prefix=shown_start(text),
        digest=digest_of(text),
        created_by=caller.name,
    )
    with session.begin():
        key = keys.create_key(session, new)
        record_deed(cursor_of(session), caller, "create", "key", key.id, describe(key))
    request.app.state.gate.authenticator.roster.expire()
    return respond({**show_key(key), "key": text}, 201)


@router.get("", dependencies=[requires("admin")], response_model=list[KeyRead])
def list_keys(request: Request, page: PageDep, session: SnapshotDep) -> Response:
    """The keys that are not revoked, newest first."""
    return respond_page(request, keys.list_keys(session, page), show_key)


@router.delete("/{key_id}", dependencies=[requires("admin")], response_model=KeyRevoked, responses=errors_of(404))
def revoke_key(
    key_id: Annotated[str, Path(description="The id of a key.", examples=[KEY])],
    request: Request,
    caller: CallerDep,
    session: SessionDep,
) -> Response:
    """Revoke a key for good; every process refuses it within two seconds, and sessions that it opened end."""
    with session.begin():
        key = keys.revoke_key(session, key_id)
        record_deed(cursor_of(session), caller, "revoke", "key", key.id, describe(key))
    request.app.state.gate.authenticator.roster.expire()
    return respond({"status": "revoked"})


def describe(key: ApiKey) -> dict[str, Any]:
    """A key as the audit shows it."""
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        **({"workflow_prefix": key.workflow_prefix} if key.workflow_prefix else {}),
    }


def show_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "workflow_prefix": key.workflow_prefix,
        "requests_per_second": key.requests_per_second,
        "bytes_per_minute": key.bytes_per_minute,
        "created_at": as_time(key.created_at),
        "created_by": key.created_by,
        "expires_at": as_time(key.expires_at),
        "last_used_at": as_time(key.last_used_at),
    }

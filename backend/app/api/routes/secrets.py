"""``/secrets``: values that can be written, and never read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.secrets import SecretBody, SecretDeleted, SecretName, SecretRead
from app.api.views.uses import Uses, find_uses
from app.engine.registry import Registry
from app.errors import NotFound
from app.secrets.box import make_box
from app.secrets.store import put_secret, require_name
from app.storage import secrets
from app.storage.access.audit import record_deed
from app.storage.orm import cursor_of
from app.storage.secrets import SecretRow

router = make_router("/secrets", tag="secrets")

SecretDep = Annotated[SecretBody, Depends(parsed(SecretBody))]


@router.get("", dependencies=[requires("secrets:write")], response_model=list[SecretRead])
def list_secrets(context: ContextDep, session: SnapshotDep, caller: CallerDep) -> Response:
    """All secrets by name, without their values, and what uses each of them."""
    uses = find_uses(session, context.registry, caller)
    return respond([show_secret(row, uses) for row in secrets.list_secrets(session)])


@router.get("/{name}", dependencies=[requires("secrets:write")], response_model=SecretRead, responses=errors_of(404))
def get_secret(name: SecretName, context: ContextDep, session: SnapshotDep, caller: CallerDep) -> Response:
    """One secret, without its value."""
    return respond(_read(session, name, context.registry, caller))


@router.put(
    "/{name}",
    dependencies=[requires("secrets:write")],
    response_model=SecretRead,
    responses={201: {"model": SecretRead, "description": "Created"}, **errors_of(409)},
    openapi_extra=body_of(SecretBody),
)
def put_secret_value(
    name: SecretName, given: SecretDep, context: ContextDep, session: SessionDep, caller: CallerDep
) -> Response:
    """Store a value; steps use it within some seconds, and the value before is redacted for a day."""
    with session.begin():
        is_new = put_secret(session, make_box(context.settings), name, given.value)
        record_deed(cursor_of(session), caller, "save", "secret", name)
    return respond(_read(session, name, context.registry, caller), 201 if is_new else 200)


@router.delete(
    "/{name}", dependencies=[requires("secrets:write")], response_model=SecretDeleted, responses=errors_of(404)
)
def delete_secret(name: SecretName, context: ContextDep, session: SessionDep, caller: CallerDep) -> Response:
    """Delete a secret, also one that is used: the steps that need it fail from then on."""
    with session.begin():
        require_name("Secret", name)
        uses = find_uses(session, context.registry, caller, name)
        found = secrets.lock_secret(session, name)
        if found is None or found.sealed is None:
            raise NotFound.of("Secret", name)
        secrets.delete_secret(session, found)
        record_deed(cursor_of(session), caller, "delete", "secret", name)
    return respond({"status": "deleted", "used_by": uses.get(("secret", name), [])})


def show_secret(row: SecretRow, uses: Uses) -> dict[str, Any]:
    used_by = uses.get(("secret", row.name), [])
    return {"name": row.name, "updated_at": as_time(row.updated_at), "used_by": used_by}


def _read(session: Session, name: str, registry: Registry, caller: Caller) -> dict[str, Any]:
    require_name("Secret", name)
    row = secrets.get_secret(session, name)
    return show_secret(row, find_uses(session, registry, caller, name))

"""``/credentials``: how requests of steps are authorized, and at which hosts."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import Body, object_of, parse_as, parse_exactly, text_of
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.secrets import BODIES, CredentialName, CredentialRead, SecretDeleted
from app.api.views.uses import Uses, find_uses
from app.engine.definitions.names import KnownNames, NameUse
from app.engine.registry import Registry
from app.errors import InvalidInput
from app.graph.names import quote
from app.secrets.credentials import check_credential
from app.secrets.store import check_name, require_name
from app.storage import credentials
from app.storage.access.audit import record_deed
from app.storage.orm import cursor_of
from app.storage.stored_secrets import CredentialRow

router = make_router("/credentials", tag="secrets")


@router.get("", dependencies=[requires("secrets:write")], response_model=list[CredentialRead])
def list_credentials(context: ContextDep, session: SnapshotDep, caller: CallerDep) -> Response:
    """All credentials by name, and what uses each of them."""
    uses = find_uses(session, context.registry, caller)
    return respond([show_credential(row, uses) for row in credentials.list_credentials(session)])


@router.get(
    "/{name}", dependencies=[requires("secrets:write")], response_model=CredentialRead, responses=errors_of(404)
)
def get_credential(name: CredentialName, context: ContextDep, session: SnapshotDep, caller: CallerDep) -> Response:
    """One credential."""
    return respond(_read(session, name, context.registry, caller))


@router.put(
    "/{name}",
    dependencies=[requires("secrets:write")],
    response_model=CredentialRead,
    responses={201: {"model": CredentialRead, "description": "Created"}},
    openapi_extra=body_of(*BODIES.values()),
)
def put_credential(
    name: CredentialName, body: Body, context: ContextDep, session: SessionDep, caller: CallerDep
) -> Response:
    """Store a credential; its secrets are names of secrets that exist."""
    type, hosts, settings = _parse(body, name, context.known_names)
    with session.begin():
        is_new = credentials.store_credential(session, name, type=type, hosts=hosts, settings=settings)
        record_deed(cursor_of(session), caller, "save", "credential", name)
    return respond(_read(session, name, context.registry, caller), 201 if is_new else 200)


@router.delete(
    "/{name}", dependencies=[requires("secrets:write")], response_model=SecretDeleted, responses=errors_of(404)
)
def delete_credential(name: CredentialName, context: ContextDep, session: SessionDep, caller: CallerDep) -> Response:
    """Delete a credential, also one that is used: the steps that name it fail from then on."""
    with session.begin():
        require_name("Credential", name)
        uses = find_uses(session, context.registry, caller, name)
        credentials.delete_credential(session, name)
        record_deed(cursor_of(session), caller, "delete", "credential", name)
    return respond({"status": "deleted", "used_by": uses.get(("credential", name), [])})


def _parse(body: bytes, name: str, known: KnownNames) -> tuple[str, list[str], dict[str, Any]]:
    """Type, hosts and settings. Raises RequestValidationError and InvalidInput."""
    check_name("credential", name)
    given = object_of(parse_exactly(text_of(body)), "A credential")
    type = given.get("type")
    if not isinstance(type, str) or type not in BODIES:
        raise InvalidInput(f"type is {quote(type)}; it must be one of {', '.join(BODIES)}.")
    settings = parse_as(BODIES[type], given).model_dump(exclude_none=True)
    type, hosts = settings.pop("type"), settings.pop("hosts")
    check_credential(type, hosts, settings, has_secret=lambda secret: known.has(NameUse("", "secret", secret)))
    return type, hosts, settings


def show_credential(row: CredentialRow, uses: Uses) -> dict[str, Any]:
    used_by = uses.get(("credential", row.name), [])
    about = {"name": row.name, "type": row.type, "hosts": row.hosts, **row.settings}
    return {**about, "updated_at": as_time(row.updated_at), "used_by": used_by}


def _read(session: Session, name: str, registry: Registry, caller: Caller) -> dict[str, Any]:
    require_name("Credential", name)
    row = credentials.get_credential(session, name)
    return show_credential(row, find_uses(session, registry, caller, name))

"""``/hooks``: addresses to which other systems deliver events, and how their deliveries are verified."""

from __future__ import annotations

import logging
import re
from typing import Any

import psycopg2
from fastapi import Request, Response

from app.access.scopes import requires
from app.api.dependencies import AppContext, CallerDep, ContextDep, HooksDep, RefusalsDep, SessionDep, SnapshotDep
from app.api.http.bodies import Body, parsed
from app.api.http.responses import PageDep, as_time, respond, respond_list, respond_object, respond_page
from app.api.router import make_router
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.hooks import NAME, HookBody, HookChange, HookName, HookRead, RefusalRead
from app.api.schemas.workflows import Deleted
from app.api.views.hook_columns import read_columns
from app.errors import NotFound
from app.hooks.cache import HookCache
from app.secrets.box import make_box
from app.storage.access.audit import record_deed
from app.storage.hooks import definitions, refusals
from app.storage.models.hooks import HookRefusal, HookRow
from app.storage.orm import cursor_of

log = logging.getLogger(__name__)

router = make_router("/hooks", tag="hooks")
NEEDS = [requires("secrets:write")]

_read_hook = parsed(HookBody, "A hook")
_read_change = parsed(HookChange, "A change of a hook")


@router.post(
    "",
    dependencies=NEEDS,
    status_code=201,
    response_model=HookRead,
    responses=errors_of(409),
    openapi_extra=body_of(HookBody),
)
def create_hook(
    request: Request, body: Body, context: ContextDep, session: SessionDep, caller: CallerDep, hooks: HooksDep
) -> Response:
    """Create a hook; its secrets can be replaced, and never read."""
    given = _read_hook(body)
    columns = read_columns(given, given.name, None, make_box(context.settings))
    with session.begin():
        hook = definitions.create_hook(session, given.name, columns)
        record_deed(cursor_of(session), caller, "save", "hook", hook.id, {"name": hook.name, "scheme": hook.scheme})
    reload_hooks(hooks)
    return respond_object(show_hook(hook, request, context), 201)


@router.get("", dependencies=NEEDS, response_model=list[HookRead])
def list_hooks(request: Request, page: PageDep, context: ContextDep, session: SnapshotDep) -> Response:
    """All hooks, newest first."""
    return respond_page(request, definitions.list_hooks(session, page), lambda hook: show_hook(hook, request, context))


@router.get("/{name}", dependencies=NEEDS, response_model=HookRead, responses=errors_of(404))
def get_hook(
    request: Request, name: HookName, context: ContextDep, session: SessionDep, refused: RefusalsDep
) -> Response:
    """One hook."""
    refused.flush()
    return respond_object(show_hook(find_hook(session, name), request, context))


@router.put(
    "/{name}",
    dependencies=NEEDS,
    response_model=HookRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(HookChange),
)
def change_hook(
    request: Request,
    name: HookName,
    body: Body,
    context: ContextDep,
    session: SessionDep,
    caller: CallerDep,
    hooks: HooksDep,
) -> Response:
    """Change a hook: what is left out stays as it is. With two secrets, deliveries signed with either are accepted."""
    given = _read_change(body)
    with session.begin():
        definitions.lock_saves(session)
        saved = find_hook(session, name)
        columns = read_columns(given, saved.name, saved, make_box(context.settings))
        hook = definitions.change_hook(session, saved, columns)
        changed = {"name": hook.name, "scheme": hook.scheme, "changed": sorted(given.model_fields_set)}
        record_deed(cursor_of(session), caller, "save", "hook", hook.id, changed)
    reload_hooks(hooks)
    return respond_object(show_hook(hook, request, context))


@router.delete("/{name}", dependencies=NEEDS, response_model=Deleted, responses=errors_of(404))
def delete_hook(name: HookName, session: SessionDep, caller: CallerDep, hooks: HooksDep) -> Response:
    """Delete a hook and its list of refused deliveries; its events stay."""
    with session.begin():
        definitions.lock_saves(session)
        hook = find_hook(session, name)
        definitions.delete_hook(session, hook)
        record_deed(cursor_of(session), caller, "delete", "hook", hook.id, {"name": hook.name})
    reload_hooks(hooks)
    return respond({"status": "deleted"})


@router.get("/{name}/refused", dependencies=NEEDS, response_model=list[RefusalRead], responses=errors_of(404))
def list_refused(name: HookName, session: SessionDep, refused: RefusalsDep) -> Response:
    """The newest 100 deliveries that were refused, newest first, with the reason of each."""
    refused.flush()
    hook = find_hook(session, name)
    return respond_list([show_refusal(row) for row in refusals.list_refusals(session, hook.id)])


def find_hook(session: Any, name: str) -> HookRow:
    """The hook of this name. Raises NotFound, also for what cannot be a name."""
    if not re.fullmatch(NAME, name):
        raise NotFound.of("Hook", name)
    return definitions.get_hook(session, name)


def reload_hooks(hooks: HookCache) -> None:
    """Have this process use a save at once; what fails here is read with the next check."""
    try:
        hooks.refresh()
    except psycopg2.Error as error:
        log.warning("The hooks of this process are read again later: %s", error)


def show_hook(hook: HookRow, request: Request, context: AppContext) -> dict[str, Any]:
    base = context.settings.external_url or str(request.base_url)
    return {
        "id": hook.id,
        "name": hook.name,
        "scheme": hook.scheme,
        "url": f"{base.rstrip('/')}/hooks/{hook.name}",
        "secrets": hook.secrets,
        **(hook.options or {}),
        "has_verify_token": hook.sealed_verify_token is not None,
        "is_active": hook.is_active,
        "refused": hook.refused,
        "created_at": as_time(hook.created_at),
        "updated_at": as_time(hook.updated_at),
    }


def show_refusal(row: HookRefusal) -> dict[str, Any]:
    return {"at": as_time(row.at), "reason": row.reason, "delivery_id": row.delivery_id, "address": row.address}

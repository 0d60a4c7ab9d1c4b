"""``/audit``: deeds of people and keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import SnapshotDep
from app.api.http.responses import PageDep, as_time, respond_page
from app.api.router import make_router
from app.api.schemas.access import AuditRead
from app.api.schemas.common import Moment
from app.storage.access import audit_lists
from app.storage.access.audit_lists import AuditFilter
from app.storage.models.access import AuditEntry

router = make_router("/audit", tag="access")

_Text = Annotated[str | None, Query(max_length=500)]


@router.get("", dependencies=[requires("admin")], response_model=list[AuditRead])
def list_audit(
    request: Request,
    page: PageDep,
    session: SnapshotDep,
    actor: _Text = None,
    action: _Text = None,
    thing: _Text = None,
    thing_id: _Text = None,
    start: Annotated[Moment | None, Query(alias="from", description="Only entries since then.")] = None,
    end: Annotated[Moment | None, Query(alias="to", description="Only entries before then.")] = None,
) -> Response:
    """The entries of the audit, newest first. Events that were posted are not among them."""
    wanted = AuditFilter(actor, action, thing, thing_id, start, end)
    return respond_page(request, audit_lists.list_entries(session, page, wanted), show_entry)


def show_entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": as_time(entry.at),
        "actor": entry.actor,
        "address": entry.address,
        "action": entry.action,
        "thing": entry.thing,
        "thing_id": entry.thing_id,
        "detail": entry.detail,
    }

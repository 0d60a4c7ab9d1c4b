"""``/events``: events from outside; they start the workflows whose triggers match."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.access.scopes import open_to_all, requires
from app.api.dependencies import CallerDep, ContextDep, PastDep, SnapshotDep
from app.api.http.bodies import LARGE, Body
from app.api.http.cloudevents import BATCH, STRUCTURED, read_events
from app.api.http.raw_route import RawBodyRoute
from app.api.http.responses import (
    FullPageDep,
    as_time,
    json_response,
    next_page,
    respond_list,
    respond_object,
    respond_page,
)
from app.api.idempotency import KEY_PARAMETER, REPLAYED
from app.api.intake import intake_in
from app.api.router import make_router
from app.api.schemas.common import EventId
from app.api.schemas.errors import errors_of
from app.api.schemas.events import CLOUD_EVENT, LEAD, EventAnswer, EventRead
from app.api.views.decisions import show_fate, show_nearest, show_retro
from app.api.views.event_query import EventFilterDep, require_only_near
from app.api.views.events import EventView
from app.storage import event_lists
from app.storage.event_lists import list_repeats
from app.storage.event_search import find_events
from app.storage.outcomes import fetch_decided_event, list_retro_starts
from app.why.decisions.explaining import list_fates
from app.why.decisions.unmatched import UnmatchedPage, find_unmatched

router = make_router("/events", tag="events")

_ANY_OBJECT = {"type": "object", "additionalProperties": True}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _ANY_OBJECT, "example": LEAD},
            STRUCTURED: {"schema": _ANY_OBJECT, "example": CLOUD_EVENT},
            BATCH: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [CLOUD_EVENT]},
        },
    },
    "parameters": [KEY_PARAMETER],
}


async def post_event(request: Request, body: Body, context: ContextDep) -> Response:
    """
    Start every workflow whose trigger matches this event.

    The event is any JSON object, or a CloudEvent (structured, binary, or a batch, which gets a list of answers).
    """
    if len(body) > LARGE:
        found = await run_in_threadpool(read_events, body, request.headers)
    else:
        found = read_events(body, request.headers)
    answers = await intake_in(request).accept_all(found)
    if request.headers.get("content-type", "").lower().startswith(BATCH):
        return json_response(f"[{','.join(answers)}]")
    # The first response names the first event.
    is_repeat = found[0].event.id not in answers[0]
    return json_response(answers[0], headers=REPLAYED if is_repeat else None)


def allow_webhook(request: Request, body: Body, context: ContextDep) -> Response:
    """
    The handshake of CloudEvents' webhooks: this sender may post events, at any rate.

    Senders such as Azure Event Grid ask this once before they deliver events.
    """
    return respond_handshake(request, allow="GET, POST")


def respond_handshake(request: Request, *, allow: str) -> Response:
    """The response to CloudEvents' handshake at a path with these methods."""
    headers = {"Allow": allow}
    origin = request.headers.get("webhook-request-origin", "").strip()
    if origin:
        rate = request.headers.get("webhook-request-rate", "").strip()
        headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": rate if rate.isdecimal() else "*"}
    return Response(status_code=200, headers=headers)


def install(app: FastAPI) -> None:
    """Add the hot route, on the app itself: each router between would be asked first whether the path is its own."""
    app.router.add_api_route(
        "/events",
        post_event,
        methods=["POST"],
        dependencies=[requires("events:write")],
        tags=router.tags,
        response_model=EventAnswer | list[EventAnswer],
        openapi_extra=_BODY,
        route_class_override=RawBodyRoute,
    )
    app.router.add_api_route(
        "/events",
        allow_webhook,
        methods=["OPTIONS"],
        dependencies=[open_to_all("The handshake of CloudEvents comes before the first event, and changes nothing.")],
        include_in_schema=False,
        route_class_override=RawBodyRoute,
    )


Near = Annotated[bool, Query(description="Only events that matched no trigger, but nearly did.")]


@router.get("", dependencies=[requires("executions:read")], response_model=list[EventRead])
def list_events(
    request: Request,
    page: FullPageDep,
    caller: CallerDep,
    session: SnapshotDep,
    past: PastDep,
    wanted: EventFilterDep,
    near: Near = False,
) -> Response:
    """
    The events received, newest first: all, those that fit a filter, or those that nearly matched a trigger.

    A filtered page may be shorter than its limit, or empty, and have a next one: a request looks through a bounded
    number of events. Payloads of more than 64 kB are found by ``type``, ``source`` and time only.
    """
    view = EventView(session, caller)
    if near:
        require_only_near(wanted)
        return respond_unmatched(
            request, page, session, find_unmatched(session, past, page, near=True, sees=caller.sees), view
        )
    if wanted.is_bounds_only:
        return respond_page(request, event_lists.list_events(session, page, wanted.bounds()), view.show)
    found = find_events(session, wanted, page)
    rows = event_lists.fetch_events(session, found.ids, full=page.full)
    return respond_list([view.show(row) for row in rows], next_page(request, found.cursor) if found.cursor else None)


def respond_unmatched(
    request: Request, page: FullPageDep, session: SnapshotDep, found: UnmatchedPage, view: EventView
) -> Response:
    """Events that matched no trigger, each with the workflow that it nearly started."""
    rows = event_lists.fetch_events(session, [each.event_id for each in found.events], full=page.full)
    nearest = {each.event_id: each.nearest for each in found.events}
    shown = [{**view.show(row), **show_nearest(nearest[row.id])} for row in rows]
    return respond_list(shown, next_page(request, found.cursor) if found.cursor else None)


@router.get(
    "/{event_id}", dependencies=[requires("executions:read")], response_model=EventRead, responses=errors_of(404)
)
def get_event(event_id: EventId, caller: CallerDep, session: SnapshotDep) -> Response:
    """One event, what became of it in each workflow that it matched, and its repeats."""
    row, view = event_lists.get_event(session, event_id), EventView(session, caller)
    repeats = [{"at": as_time(moment)} for moment in list_repeats(session, row.id)]
    has_matched = row.held is not None or row.executions not in (None, "[]")
    fates = list_fates(session, fetch_decided_event(session, row.id)) if has_matched else []
    retro = [show_retro(each) for each in list_retro_starts(session, row.id) if view.sees(each.workflow_id)]
    return respond_object(
        {
            **view.show(row),
            "outcomes": [show_fate(fate) for fate in fates if view.sees(fate.workflow_id)],
            **({"repeats": repeats} if repeats else {}),
            **({"retro": retro} if retro else {}),
        }
    )

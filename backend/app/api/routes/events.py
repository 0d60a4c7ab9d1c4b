"""``/events``: what happened elsewhere; it starts the workflows whose triggers match."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from app.api.dependencies import AppContext, ContextDep, SessionDep
from app.api.http.bodies import Body
from app.api.http.cloudevents import BATCH, STRUCTURED, Posted, read_events
from app.api.http.raw_route import RawBodyRoute
from app.api.http.responses import PageDep, as_text, as_time, json_response, respond_object, respond_page
from app.api.schemas.events import EventAnswer, EventRead
from app.engine.commands.flow_control import follow_up
from app.storage import events
from app.storage.json_text import JsonText
from app.triggers.fire import fire_event

router = APIRouter(prefix="/events", tags=["events"])

_ANY_OBJECT = {"schema": {"type": "object", "additionalProperties": True}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": _ANY_OBJECT,
            STRUCTURED: _ANY_OBJECT,
            BATCH: {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "A repeat with the same key gets the first answer and starts nothing.",
        }
    ],
}


def post_event(request: Request, body: Body, parts: ContextDep) -> Response:
    """
    Start every workflow whose trigger matches this event.

    The event is any JSON object, or a CloudEvent (structured, binary, or a batch, which gets a list of answers).
    """
    answers = [ingest_event(parts, posted) for posted in read_events(body, request.headers)]
    is_batch = request.headers.get("content-type", "").lower().startswith(BATCH)
    return json_response(f"[{','.join(answers)}]" if is_batch else answers[0])


def install(app: FastAPI) -> None:
    """Add the hot route, on the app itself: each router between would be asked first whether the path is its own."""
    app.router.add_api_route(
        "/events",
        post_event,
        methods=["POST"],
        tags=router.tags,
        response_model=EventAnswer | list[EventAnswer],
        openapi_extra=_BODY,
        route_class_override=RawBodyRoute,
    )


@router.get("", response_model=list[EventRead])
def list_events(request: Request, page: PageDep, session: SessionDep) -> Response:
    """The events received, newest first."""
    return respond_page(request, page, events.list_events(session, page), show_event)


@router.get("/{event_id}", response_model=EventRead)
def get_event(event_id: str, session: SessionDep) -> Response:
    """One event, and the executions that it started."""
    return respond_object(show_event(events.get_event(session, event_id)))


def ingest_event(parts: AppContext, posted: Posted) -> str:
    """Keep one event, have its executions begun; its answer."""
    grace = parts.settings.wake_up_grace
    event = replace(posted.event, key_days=parts.settings.idempotency_days)
    fired = fire_event(parts.engine, parts.engine_context.triggers, event, posted.payload, grace=grace)
    if fired.execution_ids:
        parts.wake_executions(fired.execution_ids)
    if fired.crowded or fired.full:
        parts.wake(follow_up(parts.engine_context, fired))
    if fired.awaited:
        parts.engine_context.publisher.match()
    return fired.answer


def show_event(row: Any) -> dict[str, Any]:
    cause = {"execution_id": row.cause_execution_id, "node_id": row.cause_node_id}
    return {
        "id": row.id,
        "type": row.type,
        "source": row.source,
        "time": row.time,
        "received_at": as_time(row.received_at),
        "cause": cause if row.cause_execution_id else None,
        "payload": as_text(row.payload),
        "executions": as_text(row.executions) or JsonText("[]"),
        **({} if row.held is None else {"held": JsonText(row.held)}),
    }

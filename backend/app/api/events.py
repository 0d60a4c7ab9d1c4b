"""``/events``: what happened elsewhere; it starts the workflows whose triggers match."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from app.api.answers import PageDep, answer_object, answer_page, as_text, as_time, json_response
from app.api.bodies import Body
from app.api.cloudevents import BATCH, STRUCTURED, Posted, read_events
from app.api.dependencies import Parts, PartsDep, SessionDep
from app.api.hot import HotRoute
from app.api.shapes import EventAnswer, EventShape
from app.engine.flow import follow_up
from app.storage import events
from app.storage.documents import JsonText
from app.triggers.fire import fire

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


def post_event(request: Request, body: Body, parts: PartsDep) -> Response:
    """
    Start every workflow whose trigger matches this event.

    The event is any JSON object, or a CloudEvent (structured, binary, or a batch, which gets a list of answers).
    """
    answers = [accepted(parts, posted) for posted in read_events(body, request.headers)]
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
        route_class_override=HotRoute,
    )


@router.get("", response_model=list[EventShape])
def list_events(request: Request, page: PageDep, session: SessionDep) -> Response:
    """The events received, newest first."""
    return answer_page(request, page, events.page(session, page), show)


@router.get("/{event_id}", response_model=EventShape)
def get_event(event_id: str, session: SessionDep) -> Response:
    """One event, and the executions that it started."""
    return answer_object(show(events.get(session, event_id)))


def accepted(parts: Parts, posted: Posted) -> str:
    """Keep one event, have its executions begun; its answer."""
    grace = parts.settings.wake_up_grace
    fired = fire(parts.engine, parts.book, posted.event, posted.payload, grace=grace)
    if fired.execution_ids:
        parts.wake_executions(fired.execution_ids)
    if fired.crowded or fired.full:
        parts.wake(follow_up(parts.engine, parts.programs, fired, parts.terms))
    if fired.awaited:
        parts.match()
    return fired.answer


def show(row: Any) -> dict[str, Any]:
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

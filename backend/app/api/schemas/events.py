"""Responses of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.api.schemas.common import EVENT, EXECUTION, WORKFLOW, documented
from app.api.schemas.decisions import EXAMPLE_OUTCOME, NearestRead, OutcomeRead, RetroRead

_STARTED = {"id": EXECUTION, "workflow_id": WORKFLOW, "workflow_name": "Lead routing"}
#: What may be posted to ``/events``.
LEAD = {"lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}}
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "order-1017",
    "source": "/shop",
    "type": "order.paid",
    "subject": "orders/1017",
    "time": "2026-01-31T09:30:00Z",
    "datacontenttype": "application/json",
    "data": {"order": 1017, "amount": 49.9},
}


class StartedRead(BaseModel):
    id: str
    workflow_id: str
    workflow_name: str


class TriggerError(BaseModel):
    workflow_id: str
    message: str


class DeferredRead(BaseModel):
    """A matching workflow whose execution does not start at once, and why."""

    #: The execution, if there is one.
    id: str | None
    workflow_id: str
    workflow_name: str
    #: The member of the workflow that is the reason, such as ``concurrency``.
    reason: str
    #: ``queued``, ``dropped``, ``replacing`` or ``gathered``.
    outcome: str
    message: str


class EventAnswer(BaseModel):
    model_config = documented({"event_id": EVENT, "matched": 1, "executions": [_STARTED], "errors": []})

    event_id: str
    matched: int
    executions: list[StartedRead]
    #: Only if there are any.
    held: list[DeferredRead] | None = None
    errors: list[TriggerError]
    #: The first event with the same idempotency key, which this response is that of; only if there is one.
    repeat_of: str | None = None


class CauseRead(BaseModel):
    execution_id: str
    node_id: str | None


class RepeatRead(BaseModel):
    """A repeat of an event: it came again with the same key, and started nothing."""

    at: datetime


class EventRead(BaseModel):
    model_config = documented(
        {
            "id": EVENT,
            "type": "order.paid",
            "source": "/shop",
            "time": "2026-01-31T09:30:00Z",
            "attributes": {"subject": "orders/1017"},
            "received_at": "2026-01-31T09:30:00.112Z",
            "cause": None,
            "payload": {"order": 1017, "amount": 49.9},
            "executions": [_STARTED],
            "revision": 17,
            "outcomes": [EXAMPLE_OUTCOME],
        }
    )

    id: str
    type: Any
    source: Any
    time: Any
    #: The other attributes of a CloudEvent, or the headers of a webhook; only if there are any.
    attributes: dict[str, Any] | None = None
    received_at: datetime
    #: The step that posted it; null if it came from outside.
    cause: CauseRead | None
    payload: Any
    #: Bytes of the payload, if a list leaves it out.
    payload_bytes: int | None = None
    executions: list[StartedRead]
    #: Only if there are any.
    held: list[DeferredRead] | None = None
    #: The revision of the triggers that it met; null: it came before revisions were kept.
    revision: int | None
    #: The first 100 times at which it was repeated; only of one event, and only if there are any.
    repeats: list[RepeatRead] | None = None
    #: What became of it in each workflow that it matched; only of one event.
    outcomes: list[OutcomeRead] | None = None
    #: The workflows that it was given to afterwards; only of one event, and only if there are any.
    retro: list[RetroRead] | None = None
    #: A workflow that it nearly started; only with ``near=1``.
    nearest: NearestRead | None = None

"""Responses of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class StartedRead(BaseModel):
    id: str
    workflow_id: str
    workflow_name: str


class TriggerError(BaseModel):
    workflow_id: str
    message: str


class DeferredRead(BaseModel):
    """What an event does not start at once in a workflow that it matched, and why."""

    #: The execution, where there is one.
    id: str | None
    workflow_id: str
    workflow_name: str
    #: The member of the workflow that says so.
    reason: str
    #: ``queued``, ``dropped``, ``replacing`` or ``gathered``.
    outcome: str
    message: str


class EventAnswer(BaseModel):
    event_id: str
    matched: int
    executions: list[StartedRead]
    #: Only where there is something to say.
    held: list[DeferredRead] | None = None
    errors: list[TriggerError]


class CauseRead(BaseModel):
    execution_id: str
    node_id: str


class EventRead(BaseModel):
    id: str
    type: Any
    source: Any
    time: Any
    received_at: datetime
    #: The step that posted it; null where it came from outside.
    cause: CauseRead | None
    payload: Any
    executions: list[StartedRead]
    #: Only where there is something to say.
    held: list[DeferredRead] | None = None

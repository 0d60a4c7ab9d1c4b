"""Bodies and responses of executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, StrictStr

from app.storage.statuses import ExecutionStatus, StepStatus


class ExecutionBody(BaseModel):
    """Which workflow to start by hand, and the payload that it sees."""

    workflow_id: StrictStr
    payload: dict[str, Any] | None = None


class ParentRead(BaseModel):
    execution_id: str
    node_id: str
    #: Which of the step's children, from 0.
    index: int


class ExecutionRead(BaseModel):
    id: str
    workflow_id: str
    workflow_name: str
    version: int
    kind: str
    status: ExecutionStatus
    #: True while it waits for a slot, as ``concurrency`` demands.
    queued: bool
    context: Any
    output: Any
    error: Any
    event_id: str | None
    #: The step that started it as a child; null for all others.
    parent: ParentRead | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ResultRead(ExecutionRead):
    #: What a completed execution came to: its output, or the results of its tasks by their ids.
    result: Any


class StatusRead(BaseModel):
    id: str
    workflow_id: str
    status: ExecutionStatus
    error: Any
    started_at: datetime | None
    finished_at: datetime | None


class StepRead(BaseModel):
    id: str
    execution_id: str
    node_id: str
    type: str
    status: StepStatus
    visit: int
    attempt: int
    input: Any
    output: Any
    error: Any
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None

"""Bodies and responses of `/v1`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from app.storage.statuses import ExecutionStatus


class TriggerBody(BaseModel):
    """What an execution is started with."""

    input_params: dict[str, Any] | None = None


class Submitted(BaseModel):
    workflow_definition_id: str
    execution_id: str
    message: str


class Triggered(BaseModel):
    execution_id: str
    message: str


class NodeState(str, Enum):
    """How far one node of an execution is."""

    #: It has not been reached; or it never will be, as a node that was skipped.
    PENDING = "PENDING"
    #: It waits for a worker, or to be tried again.
    QUEUED = "QUEUED"
    #: Its handler runs, or waits for a time or a person.
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    #: It failed for good, or was cancelled once it had begun.
    FAILED = "FAILED"


class StateRead(BaseModel):
    id: str
    state: ExecutionStatus
    started_at: datetime | None
    completed_at: datetime | None
    node_states: dict[str, NodeState]


class ResultsRead(BaseModel):
    id: str
    state: ExecutionStatus
    output_data: Any
    completed_at: datetime | None

"""Bodies and responses of `/v1`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, WORKFLOW, Name, documented
from app.storage.statuses import ExecutionStatus

_DAG = {
    "nodes": [
        {"id": "input", "handler": "input"},
        {
            "id": "user",
            "handler": "call_external_service",
            "dependencies": ["input"],
            "config": {"url": "https://api.example.com/users/{{ input.user_id }}"},
            "retry_config": {"max_retries": 2},
        },
        {"id": "output", "handler": "output", "dependencies": ["user"]},
    ]
}


class SubmissionBody(BaseModel):
    """A DAG of handlers and dependencies."""

    model_config = documented({"name": "Fetch a user", "dag": _DAG}, extra="allow")

    name: Name
    dag: Any = Field(description="{nodes: [{id, handler, dependencies, config, retry_config}]}")


class TriggerBody(BaseModel):
    """The parameters of an execution."""

    model_config = documented({"input_params": {"user_id": 123}}, extra="forbid")

    input_params: dict[str, Any] | None = None


class Submitted(BaseModel):
    model_config = documented(
        {
            "workflow_definition_id": WORKFLOW,
            "execution_id": EXECUTION,
            "message": "Workflow submitted successfully",
        }
    )

    workflow_definition_id: str
    execution_id: str
    message: str


class Triggered(BaseModel):
    model_config = documented({"execution_id": EXECUTION, "message": "Workflow started successfully"})

    execution_id: str
    message: str


class NodeState(str, Enum):
    """The state of one node of an execution."""

    #: It has not been reached, or was skipped.
    PENDING = "PENDING"
    #: It waits for a worker, or for its next attempt.
    QUEUED = "QUEUED"
    #: Its handler runs, or waits for a time or a person.
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    #: It failed without another attempt, or was cancelled after it had begun.
    FAILED = "FAILED"


class StateRead(BaseModel):
    model_config = documented(
        {
            "id": EXECUTION,
            "state": "RUNNING",
            "started_at": "2026-01-31T09:30:00Z",
            "completed_at": None,
            "node_states": {"input": "COMPLETED", "user": "RUNNING", "output": "PENDING"},
        }
    )

    id: str
    state: ExecutionStatus
    started_at: datetime | None
    completed_at: datetime | None
    node_states: dict[str, NodeState]


class ResultsRead(BaseModel):
    model_config = documented(
        {
            "id": EXECUTION,
            "state": "COMPLETED",
            "output_data": {"user": {"status_code": 200, "response": {"name": "Ann"}}},
            "completed_at": "2026-01-31T09:30:02Z",
        }
    )

    id: str
    state: ExecutionStatus
    output_data: Any
    completed_at: datetime | None

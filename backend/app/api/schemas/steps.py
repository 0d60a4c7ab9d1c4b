"""Bodies and responses of `/api`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, Name, documented

_STEPS = [{"execution_type": "sequential", "tasks": [{"name": "task_a", "params": {"timeout": 30}}]}]


class StepsBody(BaseModel):
    """Steps that run one after the other, each with tasks that run in sequence or in parallel."""

    model_config = documented({"name": "Nightly", "steps": _STEPS}, extra="allow")

    name: Name
    steps: Any = Field(
        None,
        description="execution_type (sequential or parallel) and tasks. A task has a name, which is a node type, and"
        " params: that type's data, and timeout, retry_count and priority.",
        examples=[_STEPS],
    )


class StepsStatus(str, Enum):
    """The status of an execution of steps, of one of its steps, or of a task."""

    #: Nothing of it has begun.
    PENDING = "pending"
    #: It runs, or waits for a delay, a person, or its next attempt.
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: It is on a path that was not taken.
    SKIPPED = "skipped"


class SubmittedRead(BaseModel):
    """The execution that was started: ``workflow_id`` is its id."""

    model_config = documented(
        {
            "workflow_id": EXECUTION,
            "status": "pending",
            "message": f"Workflow Nightly is accepted; GET /api/workflow/{EXECUTION} shows its status.",
        }
    )

    workflow_id: str
    status: StepsStatus
    message: str


class TaskRead(BaseModel):
    name: str
    status: StepsStatus
    #: Its output; of a failed task, ``{"error": {"type", "message"}}``.
    result: Any
    #: Bytes of a result that a list leaves out.
    result_bytes: int | None = None


class StepOfTasksRead(BaseModel):
    execution_type: str
    status: StepsStatus
    tasks: dict[str, TaskRead]


class StepsRead(BaseModel):
    """An execution of steps; its steps by their numbers, their tasks by their names."""

    model_config = documented(
        {
            "id": EXECUTION,
            "name": "Nightly",
            "status": "succeeded",
            "steps": {
                "0": {
                    "execution_type": "sequential",
                    "status": "succeeded",
                    "tasks": {"task_a": {"name": "task_a", "status": "succeeded", "result": {"slept": 1.0}}},
                }
            },
            "created_at": "2026-01-31T02:00:00Z",
            "updated_at": "2026-01-31T02:00:01Z",
        }
    )

    id: str
    name: str
    status: StepsStatus
    steps: dict[str, StepOfTasksRead]
    created_at: datetime
    updated_at: datetime

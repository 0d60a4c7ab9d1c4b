"""Bodies and responses of `/api`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import Name

#: What a body of steps looks like, for whoever reads the documentation.
STEPS_EXAMPLE = [{"execution_type": "sequential", "tasks": [{"name": "task_a", "params": {"timeout": 30}}]}]


class StepsBody(BaseModel):
    """Steps that run one after the other, each with tasks that run in sequence or in parallel."""

    name: Name
    steps: Any = Field(
        None,
        description="execution_type (sequential or parallel) and tasks, each with a name, which is a node type, and"
        " params: that type's data, and timeout, retry_count and priority.",
        examples=[STEPS_EXAMPLE],
    )


class SubmissionBody(BaseModel):
    """A DAG of handlers and dependencies."""

    name: Name
    dag: Any = Field(description="{nodes: [{id, handler, dependencies, config, retry_config}]}")


class StepsStatus(str, Enum):
    """How far an execution of steps is, or one of its steps or tasks."""

    #: Nothing of it has begun.
    PENDING = "pending"
    #: It works, or waits for a delay, a person, or its next try.
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: It lies on a path that was not taken.
    SKIPPED = "skipped"


class SubmittedRead(BaseModel):
    """What was accepted: ``workflow_id`` is the id of the execution."""

    workflow_id: str
    status: StepsStatus
    message: str


class TaskRead(BaseModel):
    name: str
    status: StepsStatus
    #: Its output; of a failed one, ``{"error": {"type", "message"}}``.
    result: Any


class StepOfTasksRead(BaseModel):
    execution_type: str
    status: StepsStatus
    tasks: dict[str, TaskRead]


class StepsRead(BaseModel):
    """An execution of steps; its steps by their numbers, their tasks by their names."""

    id: str
    name: str
    status: StepsStatus
    steps: dict[str, StepOfTasksRead]
    created_at: datetime
    updated_at: datetime

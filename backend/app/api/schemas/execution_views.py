"""Responses that show executions and their steps in few lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import STEP, documented
from app.api.schemas.executions import STEP_EXAMPLE, StepRead
from app.storage.statuses import ExecutionStatus, StepStatus

_NODE = {
    "node_id": "notify",
    "type": "send_notification",
    "status": "COMPLETED",
    "branch": None,
    "visits": 2,
    "counts": {"COMPLETED": 2, "FAILED": 1},
    "first_created_at": "2026-01-31T09:30:00.139Z",
    "first_started_at": "2026-01-31T09:30:00.140Z",
    "last_finished_at": "2026-01-31T09:30:02.860Z",
}


class ExecutionCounts(BaseModel):
    """Executions by status; 1001 means that there are more than 1000."""

    model_config = documented({"PENDING": 0, "RUNNING": 3, "PAUSED": 0, "COMPLETED": 1001, "FAILED": 2, "CANCELLED": 0})

    PENDING: int
    RUNNING: int
    PAUSED: int
    #: Among the newest 10,000 executions.
    COMPLETED: int
    FAILED: int
    CANCELLED: int


class NodeLineRead(BaseModel):
    """The steps of one node of an execution, together."""

    node_id: str
    type: str
    #: The status of its newest step.
    status: StepStatus
    #: ``#`` and the handle that its newest step chose, or ``→`` and a node; null where it chose nothing.
    branch: str | None
    #: How often the execution came to this node.
    visits: int
    #: Its steps by status.
    counts: dict[str, int]
    first_created_at: datetime
    first_started_at: datetime | None
    #: When its last step ended; null while one has not.
    last_finished_at: datetime | None


class NodesRead(BaseModel):
    model_config = documented({"seq": 184467, "status": "COMPLETED", "nodes": [_NODE]})

    #: The ``since`` of ``GET /executions/{id}/changes`` that returns all later changes.
    seq: int
    status: ExecutionStatus
    nodes: list[NodeLineRead]


class StepLineRead(BaseModel):
    """A step without its input and output."""

    model_config = documented(
        {
            "id": STEP,
            "node_id": "notify",
            "type": "send_notification",
            "status": "COMPLETED",
            "visit": 1,
            "attempt": 1,
            "branch": None,
            "kept": False,
            "error": None,
            "created_at": "2026-01-31T09:30:00.139Z",
            "started_at": "2026-01-31T09:30:00.140Z",
            "finished_at": "2026-01-31T09:30:00.860Z",
            "due_at": None,
            "outcome": None,
        }
    )

    id: str
    node_id: str
    type: str
    status: StepStatus
    visit: int
    attempt: int
    #: ``#`` and the handle that it chose, or ``→`` and a node; null where it chose nothing.
    branch: str | None
    #: True where a fork kept it of the execution that it was forked from.
    kept: bool
    error: Any
    #: When it was ready to be run; between this and ``started_at`` it waited for a worker.
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    outcome: Literal["unknown"] | None = Field(description="``unknown``: its worker was lost while it ran.")


class AttemptRead(BaseModel):
    """One attempt of a visit."""

    id: str
    attempt: int
    status: StepStatus
    #: When it was ready to be run, and the time that it waits or waited for.
    ready_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    claims: int = Field(description="How many workers have taken it: more than one where workers were lost.")
    process: str | None = Field(description="The process that took it last, by the id of its start; null: none yet.")
    losses: int = Field(description="Processes that were lost while they ran it alone.")
    lease_until: datetime | None = Field(description="When the lease ends of the process that runs it.")
    error: Any


_ATTEMPT = {
    "id": STEP,
    "attempt": 1,
    "status": "COMPLETED",
    "ready_at": "2026-01-31T09:30:00.139Z",
    "due_at": None,
    "started_at": "2026-01-31T09:30:00.140Z",
    "finished_at": "2026-01-31T09:30:00.860Z",
    "claims": 1,
    "process": "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30",
    "losses": 0,
    "lease_until": None,
    "error": None,
}


class WholeStepRead(StepRead):
    """One step, whole."""

    model_config = documented(
        {
            **STEP_EXAMPLE,
            "branch": None,
            "created_at": "2026-01-31T09:30:00.139Z",
            "parameters": {"toRole": "AE", "message": "A lead of 90"},
            "parameters_problem": None,
            "attempts": [_ATTEMPT],
        }
    )

    #: ``#`` and the handle that it chose, or ``→`` and a node; null where it chose nothing.
    branch: str | None
    created_at: datetime
    parameters: Any = Field(
        description="The data of its node with the templates filled again from what is recorded, `***` in place of each"
        " secret; null where it has not begun."
    )
    #: Bytes of what is left out because it is large.
    parameters_bytes: int | None = None
    error_bytes: int | None = None
    parameters_problem: str | None = Field(description="Why `parameters` are as they were written.")
    attempts: list[AttemptRead] = Field(description="The attempts of this visit, the newest 100.")

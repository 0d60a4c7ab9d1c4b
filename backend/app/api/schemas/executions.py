"""Bodies and responses of executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, StrictStr

from app.api.schemas.common import EVENT, EXECUTION, STEP, WORKFLOW, documented
from app.api.schemas.decisions import RetroRead
from app.api.schemas.test_executions import WhatIsTested
from app.storage.statuses import ExecutionStatus, StepStatus

_EXECUTION: dict[str, Any] = {
    "id": EXECUTION,
    "workflow_id": WORKFLOW,
    "workflow_name": "Lead routing",
    "version": 3,
    "kind": "graph",
    "status": "COMPLETED",
    "queued": False,
    "context": {"lead": {"score": 90}},
    "output": {"notified": "AE", "message": "A lead of 90"},
    "error": None,
    "event_id": EVENT,
    "parent": None,
    "forked_from": None,
    "migrated_from": None,
    "test": None,
    "created_at": "2026-01-31T09:30:00.112Z",
    "started_at": "2026-01-31T09:30:00.130Z",
    "finished_at": "2026-01-31T09:30:00.870Z",
}


#: A step in examples.
STEP_EXAMPLE: dict[str, Any] = {
    "id": STEP,
    "execution_id": EXECUTION,
    "node_id": "notify",
    "type": "send_notification",
    "status": "COMPLETED",
    "visit": 1,
    "attempt": 1,
    "kept": False,
    "input": {"lead": {"score": 90}},
    "output": {"notified": "AE", "message": "A lead of 90"},
    "error": None,
    "started_at": "2026-01-31T09:30:00.140Z",
    "finished_at": "2026-01-31T09:30:00.860Z",
    "due_at": None,
    "outcome": None,
}


class ExecutionBody(BaseModel):
    """The workflow to start, and its payload."""

    model_config = documented({"workflow_id": WORKFLOW, "payload": {"lead": {"score": 90}}}, extra="forbid")

    workflow_id: StrictStr
    payload: dict[str, Any] | None = None


class ParametersBody(BaseModel):
    """The parameters of an execution."""

    model_config = documented({"parameters": {"expense_id": "E-7", "amount": 1200}}, extra="forbid")

    parameters: dict[str, Any] | None = None


class ParentRead(BaseModel):
    execution_id: str
    node_id: str
    #: Which of the step's children, from 0.
    index: int


class ExecutionRead(BaseModel):
    model_config = documented(_EXECUTION)

    id: str
    workflow_id: str
    workflow_name: str
    version: int
    kind: str
    status: ExecutionStatus
    #: True while it waits for a slot that ``concurrency`` or ``rate_limit`` limits.
    queued: bool
    context: Any
    output: Any
    error: Any
    #: Bytes of what a list leaves out.
    context_bytes: int | None = None
    output_bytes: int | None = None
    event_id: str | None
    #: All events that started it together; only if ``debounce`` or ``batch`` gathered them.
    event_ids: list[str] | None = None
    #: The step that started it as a child; null for all others.
    parent: ParentRead | None
    #: The execution that it was forked from, and the version that it ran before it was moved to this one.
    forked_from: str | None
    migrated_from: int | None
    #: Of a test, the part that it tests; null for all others.
    test: WhatIsTested | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    #: Why it waits, in a sentence; only in lists with ``fields=why``, of executions that have not ended.
    why: str | None = None


class ForkBeginningRead(BaseModel):
    """The step at which a fork began."""

    node_id: str
    visit: int
    original_step_id: str | None = Field(description="That step of the original; null: it is not there any more.")


class ResultRead(ExecutionRead):
    model_config = documented({**_EXECUTION, "result": _EXECUTION["output"]})

    #: The output of a completed execution, or the results of its tasks by their ids.
    result: Any
    #: The event of the past that it was started for afterwards; only of one execution, and only if there is one.
    retro: RetroRead | None = None
    #: Where it begins to differ from the execution that it was forked from; only of one fork.
    forked_at: ForkBeginningRead | None = None
    #: Its forks, newest first, at most 100; ``GET /executions?forked_from=`` lists all.
    forks: list[str] = []


class StatusRead(BaseModel):
    model_config = documented(
        {key: _EXECUTION[key] for key in ("id", "workflow_id", "status", "error", "started_at", "finished_at")}
    )

    id: str
    workflow_id: str
    status: ExecutionStatus
    error: Any
    started_at: datetime | None
    finished_at: datetime | None


class StepRead(BaseModel):
    model_config = documented(STEP_EXAMPLE)

    id: str
    execution_id: str
    node_id: str
    type: str
    status: StepStatus
    visit: int
    attempt: int
    #: True where a fork kept it of the execution that it was forked from.
    kept: bool
    input: Any
    output: Any
    error: Any
    #: Bytes of what a list leaves out.
    input_bytes: int | None = None
    output_bytes: int | None = None
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    outcome: Literal["unknown"] | None = Field(
        description="``unknown``: its worker was lost while it ran; nobody knows whether it had its effect."
    )


class StepSummary(BaseModel):
    """A step without its input and output."""

    id: str
    node_id: str
    type: str
    status: StepStatus
    visit: int
    attempt: int
    error: Any
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    outcome: Literal["unknown"] | None


class ExecutionState(BaseModel):
    """The part of an execution that changes."""

    status: ExecutionStatus
    finished_at: datetime | None
    error: Any


class ChangesRead(BaseModel):
    model_config = documented(
        {
            "seq": 184467,
            "execution": {"status": "RUNNING", "finished_at": None, "error": None},
            "steps": [
                {
                    "id": STEP,
                    "node_id": "notify",
                    "type": "send_notification",
                    "status": "COMPLETED",
                    "visit": 1,
                    "attempt": 1,
                    "error": None,
                    "started_at": "2026-01-31T09:30:00.140Z",
                    "finished_at": "2026-01-31T09:30:00.860Z",
                    "due_at": None,
                    "outcome": None,
                }
            ],
            "more": False,
        }
    )

    #: The ``since`` of the next request.
    seq: int
    execution: ExecutionState
    #: Steps that were written since; each replaces what was known of the step with its id.
    steps: list[StepSummary]
    #: True if more steps have changed: ask again at once.
    more: bool

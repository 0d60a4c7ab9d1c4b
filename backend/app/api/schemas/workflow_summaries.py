"""Responses that list workflows without their documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.api.schemas.common import EXECUTION, WORKFLOW, documented
from app.storage.statuses import ExecutionStatus


class LastExecutionRead(BaseModel):
    id: str
    status: ExecutionStatus
    created_at: datetime


class WorkflowSummaryRead(BaseModel):
    """A workflow without its document, with what became of its newest executions."""

    model_config = documented(
        {
            "id": WORKFLOW,
            "name": "Lead routing",
            "description": None,
            "kind": "graph",
            "trigger": {">": [{"var": "lead.score"}, 75]},
            "schedule": None,
            "is_active": True,
            "version": 3,
            "next_at": None,
            "updated_at": "2026-01-30T12:00:00Z",
            "last_execution": {"id": EXECUTION, "status": "COMPLETED", "created_at": "2026-01-31T09:30:00.112Z"},
            "last_24h": {"COMPLETED": 12, "FAILED": 1},
        }
    )

    id: str
    name: str
    description: str | None
    kind: str
    trigger: Any
    schedule: Any
    is_active: bool
    version: int
    next_at: datetime | None
    updated_at: datetime
    last_execution: LastExecutionRead | None
    #: Its executions of the last 24 hours by status, among its newest 500.
    last_24h: dict[str, int]

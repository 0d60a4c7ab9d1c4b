"""The response that shows nodes × executions."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, documented
from app.storage.statuses import ExecutionStatus, StepStatus


class GridExecutionRead(BaseModel):
    id: str
    status: ExecutionStatus
    version: int
    created_at: datetime


class GridNodeRead(BaseModel):
    id: str
    type: str
    title: str


class GridRead(BaseModel):
    model_config = documented(
        {
            "executions": [
                {"id": EXECUTION, "status": "FAILED", "version": 3, "created_at": "2026-01-31T09:30:00.112Z"}
            ],
            "nodes": [{"id": "notify", "type": "send_notification", "title": "notify"}],
            "more_nodes": False,
            "cells": [["FAILED"]],
        }
    )

    #: The newest executions, the newest first.
    executions: list[GridExecutionRead]
    #: The nodes of the newest version in the order in which they run, at most 500.
    nodes: list[GridNodeRead]
    more_nodes: bool = Field(description="True: the workflow has more than 500 nodes.")
    #: A row for each node, with the status of its newest step in each execution; null where it has none.
    cells: list[list[StepStatus | None]]

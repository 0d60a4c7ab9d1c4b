"""Responses about the past of workflows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import documented


class RevisionRead(BaseModel):
    """A workflow as one save left it."""

    model_config = documented(
        {
            "revision": 17,
            "name": "Lead routing",
            "version": 2,
            "trigger": {">": [{"var": "lead.score"}, 75]},
            "flow": {"debounce": {"period": "2s"}},
            "is_active": True,
            "deleted": False,
            "at": "2026-01-30T12:00:00Z",
            "by": None,
        }
    )

    #: The catalog's revision that the save brought.
    revision: int
    name: str
    #: The version that an event starts.
    version: int
    trigger: Any
    #: Its concurrency, rate_limit, debounce, batch, schedule and self; null if it has none.
    flow: dict[str, Any] | None
    is_active: bool
    deleted: bool
    at: datetime
    #: The person or key that saved it; null: not known.
    by: str | None


class NodeCoverage(BaseModel):
    id: str
    taken: int


class EdgeCoverage(BaseModel):
    source: str
    target: str
    handle: str | None
    taken: int


class CaseCoverage(BaseModel):
    node_id: str
    pointer: str = Field(description="A JSON Pointer into the node's data.")
    label: str | int | float | bool | None
    taken: int


class ClauseCoverage(BaseModel):
    pointer: str = Field(description="A JSON Pointer into the trigger.")
    words: str
    is_true: int = Field(alias="true", description="Events for which the clause is true.")
    is_false: int = Field(alias="false")


class CoverageRead(BaseModel):
    """How many executions took each part of a workflow."""

    model_config = documented(
        {
            "version": 2,
            "executions": 12,
            "nodes": [{"id": "start", "taken": 12}],
            "edges": [{"source": "start", "target": "notify", "handle": None, "taken": 12}],
            "cases": [{"node_id": "route", "pointer": "/cases/0", "label": "hot", "taken": 0}],
            "clauses": [{"pointer": "", "words": "`lead.score` > 75", "true": 12, "false": 30}],
        }
    )

    version: int
    executions: int
    nodes: list[NodeCoverage]
    edges: list[EdgeCoverage]
    cases: list[CaseCoverage]
    clauses: list[ClauseCoverage]

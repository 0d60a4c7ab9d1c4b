"""Bodies and responses of workflows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, StrictBool, StrictStr

from app.api.schemas.common import WORKFLOW, Name, documented
from app.api.schemas.errors import ProblemRead

_GRAPH = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "notify",
            "type": "send_notification",
            "data": {"toRole": "AE", "message": "A lead of {{ lead.score }}"},
        },
    ],
    "edges": [{"id": "e1", "source": "start", "target": "notify"}],
}
_WORKFLOW: dict[str, Any] = {"name": "Lead routing", "trigger": {">": [{"var": "lead.score"}, 75]}, "graph": _GRAPH}
_YAML = """\
name: greeting
parameters:
  - {name: who, type: string, default: world}
tasks:
  - {id: greet, activity_type: transform, config: {value: "Hello, {{ who }}"}}
"""


class WorkflowBody(BaseModel):
    """A workflow; its graph is ``graph``, or ``definition``, or ``nodes`` and ``edges``."""

    model_config = documented(_WORKFLOW, extra="allow")

    name: Name
    description: StrictStr | None = Field(None, description="A text for people.")
    trigger: Any = Field(None, description="JSONLogic over the event; absent, null or {} never fires.")
    is_active: StrictBool = Field(True, description="Events start it only while it is active.")
    concurrency: Any = Field(None, description="limit, key, on_limit: how many executions are live at a time.")
    rate_limit: Any = Field(None, description="limit, period, key, on_limit: how many begin in any period.")
    debounce: Any = Field(None, description="period, key, max_wait: one execution for events in quick succession.")
    batch: Any = Field(None, description="size, period, key: one execution for several events.")
    schedule: Any = Field(None, description="cron, timezone, payload, overlap, catch_up: an event at these times.")
    self: Any = Field(None, description="True: events of the engine about its own executions may start it.")
    graph: Any = Field(None, description="Nodes and edges as React Flow saves them.")
    definition: Any = Field(None, description="The same as graph.")
    nodes: Any = Field(None, description="With edges: the same as graph.nodes.")
    edges: Any = None


class DefinitionBody(BaseModel):
    """A workflow as a definition in YAML; a member beside the text wins over the text."""

    model_config = documented({"definition_yaml": _YAML}, extra="allow")

    definition_yaml: StrictStr = Field(description="name, parameters and tasks, as in workflows/*.yaml.")
    name: Name | None = None
    description: StrictStr | None = None
    trigger: Any = None
    is_active: StrictBool | None = None
    concurrency: Any = None
    rate_limit: Any = None
    debounce: Any = None
    batch: Any = None
    schedule: Any = None
    self: Any = None


class Validation(BaseModel):
    model_config = documented({"valid": True, "errors": [], "warnings": []})

    valid: bool
    errors: list[ProblemRead]
    warnings: list[ProblemRead]


class WorkflowRead(BaseModel):
    model_config = documented(
        {
            **_WORKFLOW,
            "id": WORKFLOW,
            "description": None,
            "kind": "graph",
            "is_active": True,
            "version": 1,
            "warnings": [],
            "next_at": None,
            "created_at": "2026-01-30T12:00:00Z",
            "updated_at": "2026-01-30T12:00:00Z",
        }
    )

    id: str
    name: str
    description: str | None
    kind: str
    trigger: Any
    is_active: bool
    concurrency: Any = None
    rate_limit: Any = None
    debounce: Any = None
    batch: Any = None
    schedule: Any = None
    self: Any = None
    version: int
    graph: Any
    definition_yaml: str | None = None
    definition_version: str | None = None
    parameters: list[dict[str, Any]] | None = None
    dag: Any = None
    steps: list[Any] | None = None
    warnings: list[ProblemRead]
    #: When its schedule posts the next event; null without a schedule.
    next_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class SettingsSchema(BaseModel):
    """The JSON Schema of a workflow's settings."""

    model_config = documented(
        {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]}
    )

    type: str
    #: Schemas of the members; ``concurrency`` and its like are objects.
    properties: dict[str, Any]
    required: list[str]


class Deleted(BaseModel):
    model_config = documented({"status": "deleted"})

    status: str = "deleted"

"""Bodies and responses of workflows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from app.api.schemas.common import Name


class WorkflowBody(BaseModel):
    """A workflow as its author sends it; the graph is ``graph``, or ``definition``, or ``nodes`` and ``edges``."""

    model_config = ConfigDict(extra="allow")

    name: Name
    description: StrictStr | None = None
    trigger: Any = Field(None, description="JSONLogic over the event; absent, null or {} never fires.")
    is_active: StrictBool = True
    concurrency: Any = Field(None, description="limit, key, on_limit: how many executions live at a time.")
    rate_limit: Any = Field(None, description="limit, period, key, on_limit: how many begin in any period.")
    debounce: Any = Field(None, description="period, key, max_wait: one execution for events in quick succession.")
    batch: Any = Field(None, description="size, period, key: one execution for several events.")
    schedule: Any = Field(None, description="cron, timezone, payload, overlap, catch_up: an event at these times.")
    graph: Any = Field(None, description="Nodes and edges as React Flow saves them.")
    definition: Any = Field(None, description="The same as graph.")
    nodes: Any = Field(None, description="With edges: the same as graph.nodes.")
    edges: Any = None


class DefinitionBody(BaseModel):
    """A workflow as a definition in YAML; what stands beside the text wins over what the text says."""

    model_config = ConfigDict(extra="allow")

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


class ParametersBody(BaseModel):
    """What a workflow is started with."""

    parameters: dict[str, Any] | None = None


class ProblemRead(BaseModel):
    code: str
    message: str
    node_id: str | None = None
    edge_id: str | None = None
    pointer: str = ""


class Validation(BaseModel):
    valid: bool
    errors: list[ProblemRead]
    warnings: list[ProblemRead]


class WorkflowRead(BaseModel):
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
    version: int
    graph: Any
    definition_yaml: str | None = None
    definition_version: str | None = None
    parameters: list[dict[str, Any]] | None = None
    dag: Any = None
    steps: list[Any] | None = None
    warnings: list[ProblemRead]
    #: When its schedule posts the next event.
    next_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Deleted(BaseModel):
    status: str = "deleted"

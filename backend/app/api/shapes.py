"""The shapes of what comes in and goes out, as the documentation and generated clients see them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictStr

from app.storage.statuses import ApprovalStatus, ExecutionStatus, StepStatus


def storable(text: str) -> str:
    """Postgres keeps no NUL in text."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Name = Annotated[StrictStr, Field(min_length=1, max_length=500), AfterValidator(storable)]


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


class ExecutionBody(BaseModel):
    """Which workflow to start by hand, and the payload that it sees."""

    workflow_id: StrictStr
    payload: dict[str, Any] | None = None


class ProblemShape(BaseModel):
    code: str
    message: str
    node_id: str | None = None
    edge_id: str | None = None
    pointer: str = ""


class Validation(BaseModel):
    valid: bool
    errors: list[ProblemShape]
    warnings: list[ProblemShape]


class WorkflowShape(BaseModel):
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
    warnings: list[ProblemShape]
    #: When its schedule posts the next event.
    next_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Deleted(BaseModel):
    status: str = "deleted"


class StartedShape(BaseModel):
    id: str
    workflow_id: str
    workflow_name: str


class TriggerError(BaseModel):
    workflow_id: str
    message: str


class HeldShape(BaseModel):
    """What an event does not start at once in a workflow that it matched, and why."""

    #: The execution, where there is one.
    id: str | None
    workflow_id: str
    workflow_name: str
    #: The member of the workflow that says so.
    reason: str
    #: ``queued``, ``dropped``, ``replacing`` or ``gathered``.
    outcome: str
    message: str


class EventAnswer(BaseModel):
    event_id: str
    matched: int
    executions: list[StartedShape]
    #: Only where there is something to say.
    held: list[HeldShape] | None = None
    errors: list[TriggerError]


class EventShape(BaseModel):
    id: str
    type: Any
    source: Any
    time: Any
    received_at: datetime
    payload: Any
    executions: list[StartedShape]
    #: Only where there is something to say.
    held: list[HeldShape] | None = None


class ExecutionShape(BaseModel):
    id: str
    workflow_id: str
    workflow_name: str
    version: int
    kind: str
    status: ExecutionStatus
    #: True while it waits for a slot, as ``concurrency`` demands.
    queued: bool
    context: Any
    output: Any
    error: Any
    event_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ResultShape(ExecutionShape):
    #: What a completed execution came to: its output, or the results of its tasks by their ids.
    result: Any


class StatusShape(BaseModel):
    id: str
    workflow_id: str
    status: ExecutionStatus
    error: Any
    started_at: datetime | None
    finished_at: datetime | None


class StepShape(BaseModel):
    id: str
    execution_id: str
    node_id: str
    type: str
    status: StepStatus
    visit: int
    attempt: int
    input: Any
    output: Any
    error: Any
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None


class NotificationShape(BaseModel):
    id: str
    execution_id: str
    node_id: str
    notified: Any
    message: Any
    created_at: datetime


#: Who decides: as it is compared with the approvers, without spaces around it.
Person = Annotated[StrictStr, Field(max_length=500), AfterValidator(storable), AfterValidator(str.strip)]


#: Characters of a comment.
COMMENT = 10_000


class DecisionBody(BaseModel):
    """What one person says; everything may be left out."""

    approved: StrictBool | None = None
    comment: Annotated[StrictStr, Field(max_length=COMMENT)] | None = None
    approved_by: Person | None = Field(None, description="Who says so; required where approvers or several are needed.")


class ActionBody(DecisionBody):
    """What one person says."""

    approved: StrictBool


class ApprovalFilter(str, Enum):
    """A status, or all of them."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    ALL = "ALL"


class DecisionShape(BaseModel):
    approved: bool
    approved_by: str | None
    comment: str | None
    at: datetime


class ApprovalShape(BaseModel):
    id: str
    execution_id: str
    node_id: str
    status: ApprovalStatus
    title: Any
    description: Any
    context: Any
    approvers: list[str]
    needed: int
    decisions: list[DecisionShape]
    created_at: datetime
    expires_at: datetime | None
    responded_at: datetime | None


class LinkShape(BaseModel):
    """The addresses by which one approver approves or rejects."""

    approver: str
    approve: str
    reject: str


class NodeType(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    type: str
    title: str
    handles: list[str]
    data_schema: dict[str, Any] = Field(alias="schema")


class Health(BaseModel):
    #: ``healthy``; ``degraded`` while the broker is away; ``unhealthy`` while Postgres is.
    status: str


class Service(BaseModel):
    name: str
    version: str
    docs: str


def body_of(*schemas: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """The documentation of a body, one of these, that a route reads itself."""
    found = [schema.model_json_schema() for schema in schemas]
    schema = found[0] if len(found) == 1 else {"anyOf": found}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}

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


class ParametersBody(BaseModel):
    """What a workflow is started with."""

    parameters: dict[str, Any] | None = None


class ExecutionBody(BaseModel):
    """Which workflow to start by hand, and the payload that it sees."""

    workflow_id: StrictStr
    payload: dict[str, Any] | None = None


class SubmissionBody(BaseModel):
    """A DAG of handlers and dependencies."""

    name: Name
    dag: Any = Field(description="{nodes: [{id, handler, dependencies, config, retry_config}]}")


class TriggerBody(BaseModel):
    """What an execution is started with."""

    input_params: dict[str, Any] | None = None


class Submitted(BaseModel):
    workflow_definition_id: str
    execution_id: str
    message: str


class Triggered(BaseModel):
    execution_id: str
    message: str


class NodeState(str, Enum):
    """How far one node of an execution is."""

    #: It has not been reached; or it never will be, as a node that was skipped.
    PENDING = "PENDING"
    #: It waits for a worker, or to be tried again.
    QUEUED = "QUEUED"
    #: Its handler runs, or waits for a time or a person.
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    #: It failed for good, or was cancelled once it had begun.
    FAILED = "FAILED"


class StateShape(BaseModel):
    id: str
    state: ExecutionStatus
    started_at: datetime | None
    completed_at: datetime | None
    node_states: dict[str, NodeState]


class ResultsShape(BaseModel):
    id: str
    state: ExecutionStatus
    output_data: Any
    completed_at: datetime | None


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
    dag: Any = None
    steps: list[Any] | None = None
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


class CauseShape(BaseModel):
    execution_id: str
    node_id: str


class EventShape(BaseModel):
    id: str
    type: Any
    source: Any
    time: Any
    received_at: datetime
    #: The step that posted it; null where it came from outside.
    cause: CauseShape | None
    payload: Any
    executions: list[StartedShape]
    #: Only where there is something to say.
    held: list[HeldShape] | None = None


class ParentShape(BaseModel):
    execution_id: str
    node_id: str
    #: Which of the step's children, from 0.
    index: int


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
    #: The step that started it as a child; null for all others.
    parent: ParentShape | None
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


class Word(str, Enum):
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


class SubmittedShape(BaseModel):
    """What was accepted: ``workflow_id`` is the id of the execution."""

    workflow_id: str
    status: Word
    message: str


class TaskShape(BaseModel):
    name: str
    status: Word
    #: Its output; of a failed one, ``{"error": {"type", "message"}}``.
    result: Any


class StepOfTasksShape(BaseModel):
    execution_type: str
    status: Word
    tasks: dict[str, TaskShape]


class StepsShape(BaseModel):
    """An execution of steps; its steps by their numbers, their tasks by their names."""

    id: str
    name: str
    status: Word
    steps: dict[str, StepOfTasksShape]
    created_at: datetime
    updated_at: datetime


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


class FleetServices(BaseModel):
    #: ``healthy`` or ``unhealthy``; of the workers also how many there are: ``healthy (2 active)``.
    redis: str
    postgres: str
    orchestrator: str
    workers: str


class FleetHealth(BaseModel):
    #: ``healthy``; ``degraded`` while the broker is away or no worker lives; ``unhealthy`` while Postgres is away.
    status: str
    version: str
    services: FleetServices


class Service(BaseModel):
    name: str
    version: str
    docs: str


def body_of(*schemas: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """The documentation of a body, one of these, that a route reads itself."""
    found = [schema.model_json_schema() for schema in schemas]
    schema = found[0] if len(found) == 1 else {"anyOf": found}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}

"""Node type ``for_each``: run a workflow, or a graph in the node's data, once for each item of a list."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.definitions.compiled import GRAPH
from app.engine.toolkit.child_runs import find_target, require_payload, start_children
from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds
from app.errors import StepFailed
from app.graph.names import quote
from app.graph.numbers import from_digits, whole_number
from app.logic.templates import is_template

from ..registry import HandlerResult, Services

#: Items of one list.
MAX_ITEMS = 100_000
#: Children that may run at the same time.
MAX_PARALLEL = 1000
#: Children that run at the same time if the node does not set ``max_parallel``.
DEFAULT_PARALLEL = 10


class ForEachData(BaseModel):
    model_config = ConfigDict(extra="allow")

    items: Any = Field(description="The list, usually a template: one child is started for each item.")
    workflow: str | None = Field(None, description="The id or the name of the workflow to run.")
    workflow_id: str | None = Field(None, description="Its id.")
    graph: dict[str, Any] | None = Field(None, description="Instead of a workflow: nodes and edges to run.")
    payload: Any = Field(
        None,
        description="The payload of each child, an object; {{ item }} and {{ index }} are those of the child."
        " Left out: the payload of this execution, with item and index.",
    )
    max_parallel: Any = Field(DEFAULT_PARALLEL, description="How many children run at the same time.")
    max_wait_time: MaxWaitTime = None

    @field_validator("items")
    @classmethod
    def _is_list(cls, value: Any) -> Any:
        return value if is_template(value) and not isinstance(value, list) else require_list(value)

    @field_validator("payload")
    @classmethod
    def _is_object(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, dict) and not (isinstance(value, str) and is_template(value)):
            raise ValueError(f"it is {quote(value)}; it must be an object")
        return value

    @field_validator("max_parallel")
    @classmethod
    def _is_count(cls, value: Any) -> Any:
        return value if is_template(value) else parallel_count(value)

    @model_validator(mode="after")
    def _names_a_target(self) -> ForEachData:
        if self.graph is None and not (self.workflow or self.workflow_id):
            raise ValueError("set workflow, workflow_id or graph, so that there is something to run")
        return self


class ForEach:
    type = "for_each"
    title = "For each"
    category = "Flow"
    icon = "repeat"
    summary = ("{workflow}", "{items}")
    pure = True
    verbatim = (GRAPH,)
    #: Filled once for each item.
    later = ("payload",)
    refuses_null = ("max_parallel", "max_wait_time")
    passed_on = ("items", "payload")
    needs_input = False
    Data = ForEachData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        items = _items(data["items"], node_id)
        if not items:
            return HandlerResult(result=[])
        target = find_target(data, services, node_id=node_id, names=("workflow", "workflow_id"))
        base = payload if isinstance(payload, dict) else {}
        whole = data.get("payload") is not None
        return start_children(
            target,
            _payloads(items, base, services, node_id) if whole else items,
            services,
            node_id=node_id,
            base=None if whole else base,
            at_once=parallel_count(data.get("max_parallel")),
            collects=True,
            max_wait=max_wait_seconds(data.get("max_wait_time")),
        )


def _items(value: Any, node_id: str) -> list[Any]:
    try:
        return require_list(value)
    except ValueError as error:
        raise StepFailed(f"Node {node_id}: items: {error}.", kind="InvalidData", retry=False) from None


def _payloads(items: list[Any], base: dict[str, Any], services: Services, node_id: str) -> list[dict[str, Any]]:
    scopes = ({**base, "item": item, "index": number} for number, item in enumerate(items))
    return [require_payload(services.fill("payload", scope), node_id, services) for scope in scopes]


def require_list(value: Any) -> list[Any]:
    """Raises ValueError for anything but a list of at most ``MAX_ITEMS`` items."""
    if not isinstance(value, list):
        raise ValueError(f"it is {quote(value)}; it must be a list")
    if len(value) > MAX_ITEMS:
        raise ValueError(f"the list has {len(value):,} items; at most {MAX_ITEMS:,} are allowed")
    return value


def parallel_count(value: Any) -> int:
    """How many children may run at the same time; 10 for null. Raises ValueError."""
    if value is None:
        return DEFAULT_PARALLEL
    return whole_number(from_digits(value), "max_parallel", 1, MAX_PARALLEL)


handler = ForEach()

"""Node type ``for_each``: run a workflow, or a graph in place, once for each item of a list."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.definitions.compiled import GRAPH
from app.engine.toolkit.child_runs import find_target, require_payload, start_children
from app.engine.toolkit.wait_time import MaxWaitTime, is_template, max_wait_seconds
from app.errors import StepFailed
from app.graph.names import quote

from ..registry import HandlerResult, Services

#: Items of one list, and children of it at the same time.
MOST = 100_000
MOST_AT_ONCE = 1000
#: Children at the same time where the node does not say.
AT_ONCE = 10


class ForEachData(BaseModel):
    model_config = ConfigDict(extra="allow")

    items: Any = Field(description="The list, mostly a template: one child is started for each of its items.")
    workflow: str | None = Field(None, description="The id or the name of the workflow to run.")
    workflow_id: str | None = Field(None, description="Its id.")
    graph: dict[str, Any] | None = Field(None, description="Instead of a workflow: nodes and edges to run.")
    payload: Any = Field(
        None,
        description="What each child is given, an object; {{ item }} and {{ index }} are its own."
        " Left out: what this execution was given, with item and index.",
    )
    max_parallel: Any = Field(AT_ONCE, description="How many children run at the same time.")
    max_wait_time: MaxWaitTime = None

    @field_validator("items")
    @classmethod
    def _is_list(cls, value: Any) -> Any:
        return value if is_template(value) and not isinstance(value, list) else items_of(value)

    @field_validator("max_parallel")
    @classmethod
    def _is_count(cls, value: Any) -> Any:
        return value if is_template(value) else count(value)

    @model_validator(mode="after")
    def _says_what_to_run(self) -> ForEachData:
        if self.graph is None and not (self.workflow or self.workflow_id):
            raise ValueError("it names no workflow (workflow or workflow_id) and has no graph")
        return self


class ForEach:
    type = "for_each"
    title = "For each"
    pure = True
    verbatim = (GRAPH,)
    #: Filled once for each item.
    later = ("payload",)
    needs_input = False
    Data = ForEachData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        items = _items(data["items"], node_id)
        if not items:
            return HandlerResult(result=[])
        callee = find_target(data, services, node_id=node_id, names=("workflow", "workflow_id"))
        base = payload if isinstance(payload, dict) else {}
        whole = data.get("payload") is not None
        return start_children(
            callee,
            _payloads(items, base, services, node_id) if whole else items,
            services,
            node_id=node_id,
            base=None if whole else base,
            at_once=count(data.get("max_parallel")),
            collects=True,
            patience=max_wait_seconds(data.get("max_wait_time")),
        )


def _items(value: Any, node_id: str) -> list[Any]:
    try:
        return items_of(value)
    except ValueError as error:
        raise StepFailed(f"Node {node_id}: items: {error}.", kind="InvalidData", retry=False) from None


def _payloads(items: list[Any], base: dict[str, Any], services: Services, node_id: str) -> list[dict[str, Any]]:
    seen = ({**base, "item": item, "index": number} for number, item in enumerate(items))
    return [require_payload(services.fill("payload", each), node_id) for each in seen]


def items_of(value: Any) -> list[Any]:
    """The list. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError(f"this is {quote(value)}; it must be a list")
    if len(value) > MOST:
        raise ValueError(f"these are {len(value)} items; {MOST} are allowed")
    return value


def count(value: Any) -> int:
    """How many children may run at the same time. Raises ValueError."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    if value is None:
        return AT_ONCE
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_AT_ONCE:
        raise ValueError(f"this is {quote(value)}; it must be a whole number from 1 to {MOST_AT_ONCE}")
    return value


handler = ForEach()

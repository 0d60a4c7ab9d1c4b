"""Node type ``sub_workflow``: run another workflow, or a graph in the node's data; its output is the step's."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.definitions.compiled import GRAPH
from app.engine.toolkit.child_runs import find_target, require_payload, start_children
from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds
from app.graph.names import quote
from app.logic.templates import is_template

from ..registry import HandlerResult, Services


class SubWorkflowData(BaseModel):
    model_config = ConfigDict(extra="allow")

    workflow: str | None = Field(None, description="The id or the name of the workflow to run.")
    workflow_id: str | None = Field(None, description="Its id.")
    name: str | None = Field(None, description="Its name, where no id is given.")
    graph: dict[str, Any] | None = Field(None, description="Instead of a workflow: nodes and edges to run.")
    payload: Any = Field(None, description="Its payload, an object. Left out: the payload of this execution.")
    max_wait_time: MaxWaitTime = None

    @field_validator("payload")
    @classmethod
    def _is_object(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, dict) and not (isinstance(value, str) and is_template(value)):
            raise ValueError(f"it is {quote(value)}; it must be an object")
        return value

    @model_validator(mode="after")
    def _names_a_target(self) -> SubWorkflowData:
        if self.graph is None and not (self.workflow or self.workflow_id or self.name):
            raise ValueError("set workflow, workflow_id, name or graph, so that there is something to run")
        return self


class SubWorkflow:
    type = "sub_workflow"
    title = "Sub-workflow"
    category = "Flow"
    icon = "workflow"
    summary = ("{workflow}", "{name}")
    pure = True
    verbatim = (GRAPH,)
    refuses_null = ("payload", "max_wait_time")
    passed_on = ("payload",)
    needs_input = False
    Data = SubWorkflowData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        target = find_target(data, services, node_id=node_id, names=("workflow", "workflow_id", "name"))
        given = payload if data.get("payload") is None else data["payload"]
        wait = max_wait_seconds(data.get("max_wait_time"))
        payloads = [require_payload(given, node_id, services)]
        return start_children(target, payloads, services, node_id=node_id, max_wait=wait)


handler = SubWorkflow()

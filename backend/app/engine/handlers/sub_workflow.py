"""Node type ``sub_workflow``: run another workflow, or a graph in place, and take its output."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.engine.definitions.compiled import GRAPH
from app.engine.toolkit.child_runs import find_target, require_payload, start_children
from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds

from ..registry import HandlerResult, Services


class SubWorkflowData(BaseModel):
    model_config = ConfigDict(extra="allow")

    workflow: str | None = Field(None, description="The id or the name of the workflow to run.")
    workflow_id: str | None = Field(None, description="Its id.")
    name: str | None = Field(None, description="Its name, where no id is given.")
    graph: dict[str, Any] | None = Field(None, description="Instead of a workflow: nodes and edges to run.")
    payload: Any = Field(None, description="What it is given, an object; left out: what this execution was given.")
    max_wait_time: MaxWaitTime = None

    @model_validator(mode="after")
    def _says_what_to_run(self) -> SubWorkflowData:
        if self.graph is None and not (self.workflow or self.workflow_id or self.name):
            raise ValueError("it names no workflow (workflow, workflow_id or name) and has no graph")
        return self


class SubWorkflow:
    type = "sub_workflow"
    title = "Sub-workflow"
    pure = True
    verbatim = (GRAPH,)
    needs_input = False
    Data = SubWorkflowData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        callee = find_target(data, services, node_id=node_id, names=("workflow", "workflow_id", "name"))
        given = payload if data.get("payload") is None else data["payload"]
        wait = max_wait_seconds(data.get("max_wait_time"))
        return start_children(callee, [require_payload(given, node_id)], services, node_id=node_id, patience=wait)


handler = SubWorkflow()

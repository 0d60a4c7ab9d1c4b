"""Bodies and responses of test executions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, StrictBool, StrictStr

from app.api.schemas.common import EVENT, STEP, documented


class BeginTestBody(BaseModel):
    """What is tested, and with which data."""

    model_config = documented(
        {
            "document": {
                "graph": {
                    "nodes": [
                        {"id": "start", "type": "start"},
                        {"id": "notify", "type": "send_notification", "data": {"toRole": "AE", "message": "A lead"}},
                    ],
                    "edges": [{"id": "e1", "source": "start", "target": "notify"}],
                }
            },
            "only": "notify",
            "from": STEP,
            "input": {"lead": {"score": 90}},
        },
        extra="forbid",
        populate_by_name=False,
    )

    document: dict[str, Any] | None = Field(
        None, description="The workflow as `PUT /workflows/{workflow_id}` takes it; null: as it is saved."
    )
    only: StrictStr | None = Field(None, description="The node that is tested alone.")
    until: StrictStr | None = Field(
        None, description="The node at which the test ends, after the nodes that lead to it."
    )
    payload: dict[str, Any] | None = Field(None, description="The payload; null: that of `event_id` or `from`, or {}.")
    event_id: StrictStr | None = Field(None, description="An event whose payload it gets.", examples=[EVENT])
    source: StrictStr | None = Field(
        None,
        alias="from",
        description="An execution of the workflow, or a step of one: its payload is used, and with `only` also the"
        " outputs of the nodes before, and the input of that step.",
    )
    input: Any = Field(None, description="With `only`: the input of the node, in place of what the rest gives it.")
    outputs: dict[str, Any] | None = Field(None, description="With `only`: outputs of nodes before it, by their ids.")
    dry_run: StrictBool = Field(False, description="Say what would run; start nothing.")


class EffectRead(BaseModel):
    """A node that does something outside, or starts other executions."""

    node_id: str = Field(description="For a node of a graph in place: the outer node, a slash, and the node.")
    type: str


class KeptOutput(BaseModel):
    """A recorded step that is kept."""

    node_id: str
    visit: int


class PlannedTestRead(BaseModel):
    """What a test would run."""

    model_config = documented(
        {
            "runs": ["notify"],
            "effects": [{"node_id": "notify", "type": "send_notification"}],
            "kept": [{"node_id": "start", "visit": 1}],
            "payload": {"lead": {"score": 90}},
            "input": {"lead": {"score": 90}},
            "warnings": [],
        }
    )

    runs: list[str] = Field(description="The nodes that may run, in their order.")
    effects: list[EffectRead]
    kept: list[KeptOutput]
    payload: Any = Field(description="The payload that it would get.")
    input: Any = Field(None, description="With `only`: the input that the node would get.")
    warnings: list[str]


class WhatIsTested(BaseModel):
    """The node that is tested alone, or the one at which the test ends; neither: all of it, or a test started it."""

    only: str | None = None
    until: str | None = None

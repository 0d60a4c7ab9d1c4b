"""The response that compares two executions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import STEP, documented
from app.storage.statuses import StepStatus

Sameness = Literal["same", "differs"]


class DifferenceRead(BaseModel):
    """A place where two values differ; a side that has nothing there is left out."""

    pointer: str
    a: Any = None
    b: Any = None


class ComparedNodeRead(BaseModel):
    """One visit of a node in both executions; each pair has A's value, then B's."""

    node_id: str
    visit: int
    side: Literal["both", "a", "b"]
    step_ids: list[str | None] = Field(description="The steps at their newest attempts.")
    status: list[StepStatus | None]
    took_ms: list[float | None]
    input: Sameness
    output: Sameness
    input_difference: DifferenceRead | None = Field(description="Where the inputs first differ.")
    first_difference: DifferenceRead | None = Field(description="Where the outputs first differ.")


class DiffRead(BaseModel):
    """How execution B differs from execution A."""

    model_config = documented(
        {
            "sentence": "They went the same way until route, where `lead.score` of the payload was 70 in A and 82 in"
            ' B: it went to "cold" in A and to "hot" in B.',
            "definition": "same",
            "payload": "differs",
            "payload_difference": {"pointer": "/lead/score", "a": 70, "b": 82},
            "first_difference": "route",
            "nodes": [
                {
                    "node_id": "route",
                    "visit": 1,
                    "side": "both",
                    "step_ids": [STEP, STEP],
                    "status": ["COMPLETED", "COMPLETED"],
                    "took_ms": [0.4, 0.5],
                    "input": "differs",
                    "output": "differs",
                    "input_difference": {"pointer": "/lead/score", "a": 70, "b": 82},
                    "first_difference": {"pointer": "/branch", "a": "cold", "b": "hot"},
                }
            ],
        }
    )

    sentence: str
    definition: Sameness
    payload: Sameness
    payload_difference: DifferenceRead | None
    first_difference: str | None = Field(description="The node at which they first differ.")
    nodes: list[ComparedNodeRead]

"""Bodies and responses of forks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr

from app.api.schemas.common import EXECUTION, STEP, documented


class ForkBody(BaseModel):
    """Where a fork begins, and what is changed."""

    model_config = documented(
        {"from": STEP, "data": {"notify": {"toRole": "AE", "message": "Again"}}, "dry_run": True},
        extra="forbid",
        populate_by_name=False,
    )

    from_step: StrictStr = Field(alias="from", description="The id of the step from which on everything runs again.")
    payload: dict[str, Any] | None = Field(None, description="Another payload; null: the same.")
    input: Any = Field(None, description="The input of that step, in place of what the graph gives it.")
    data: dict[str, dict[str, Any]] | None = Field(None, description="Other data of nodes, by their ids.")
    version: StrictInt | None = Field(None, ge=-(2**31), lt=2**31, description="Another version of the workflow.")
    graph: dict[str, Any] | None = Field(None, description="A graph of its own, for workflows of kind `graph`.")
    dry_run: StrictBool = Field(False, description="Say what would be kept and what would run; start nothing.")


class KeptRead(BaseModel):
    """A step that the fork keeps."""

    step_id: str
    node_id: str
    visit: int


class EffectRead(BaseModel):
    """What a step did the last time."""

    at: datetime
    summary: str = Field(description="The beginning of its output, at most 200 characters.")


class AgainRead(BaseModel):
    """A step that the fork runs again."""

    node_id: str
    effects: bool = Field(description="True where the node does something outside.")
    last_effect: EffectRead | None = None


class ForkRead(BaseModel):
    """What a fork would do."""

    model_config = documented(
        {
            "execution_id": EXECUTION,
            "kept": [{"step_id": STEP, "node_id": "route", "visit": 1}],
            "again": [
                {
                    "node_id": "notify",
                    "effects": True,
                    "last_effect": {"at": "2026-01-31T09:30:00.860Z", "summary": '{"notified": "AE"}'},
                }
            ],
            "warnings": [],
        }
    )

    execution_id: str
    kept: list[KeptRead]
    again: list[AgainRead]
    warnings: list[str]

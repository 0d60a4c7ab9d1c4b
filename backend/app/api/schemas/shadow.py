"""Bodies and responses of versions that are tried on recorded executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, StrictInt

from app.api.schemas.common import EXECUTION, documented


class RecordingsBody(BaseModel):
    """Which ended executions are tried; by default, those that completed or failed, of any version."""

    model_config = documented({"status": ["COMPLETED"], "version": 3}, extra="forbid", populate_by_name=False)

    status: list[Literal["COMPLETED", "FAILED"]] = Field(default=["COMPLETED", "FAILED"], min_length=1)
    version: StrictInt | None = Field(None, ge=-(2**31), lt=2**31)
    since: datetime | None = Field(None, alias="from", description="Created at this moment or later.")
    until: datetime | None = Field(None, alias="to", description="Created before this moment.")


class ShadowBody(BaseModel):
    """The definition that is tried, and on which executions."""

    model_config = documented({"version": 4, "limit": 100}, extra="forbid")

    version: StrictInt | None = Field(None, ge=-(2**31), lt=2**31, description="A saved version of the workflow.")
    graph: dict[str, Any] | None = Field(None, description="A graph that is not saved, of a workflow of kind `graph`.")
    executions: RecordingsBody = RecordingsBody()
    limit: StrictInt = Field(100, ge=1, le=1000, description="Executions at most, the newest first.")


class DivergenceRead(BaseModel):
    """An execution that would have gone another way, and the first node where it would."""

    execution_id: str
    first_difference: str
    was: str
    would_be: str


class UnrecordedRead(BaseModel):
    """A node with an effect that would have been reached, and has no recording."""

    node_id: str
    executions: int


class ShadowRead(BaseModel):
    """How recorded executions would have gone."""

    model_config = documented(
        {
            "executions": 100,
            "same": 99,
            "differ": [
                {
                    "execution_id": EXECUTION,
                    "first_difference": "route",
                    "was": "went to cold",
                    "would_be": "went to hot",
                }
            ],
            "unrecorded": [{"node_id": "notify", "executions": 1}],
            "complete": True,
        }
    )

    executions: int
    same: int
    differ: list[DivergenceRead]
    unrecorded: list[UnrecordedRead]
    complete: bool = Field(description="False where 20 s were over before all of them were tried.")

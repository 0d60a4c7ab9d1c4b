"""Responses about the versions of a workflow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import documented

_CHANGES = {
    "nodes_added": 2,
    "nodes_removed": 0,
    "nodes_changed": 1,
    "edges_added": 2,
    "edges_removed": 1,
    "trigger": True,
    "settings": False,
}
_VERSION: dict[str, Any] = {"version": 3, "at": "2026-01-30T12:00:00Z", "by": "ann", "is_current": True}


class VersionChanges(BaseModel):
    """The differences between a version and the one before it."""

    nodes_added: int
    nodes_removed: int
    nodes_changed: int
    edges_added: int
    edges_removed: int
    #: The triggers at the last save of both.
    trigger: bool
    #: Flow control: concurrency, rate_limit, debounce, batch, schedule.
    settings: bool


class VersionLineRead(BaseModel):
    """A version of a workflow in a list."""

    model_config = documented({**_VERSION, "changes": _CHANGES})

    version: int
    at: datetime
    #: The person or key that saved it; null: not known.
    by: str | None
    is_current: bool
    changes: VersionChanges | None = Field(description="Null for the first version.")


class VersionRead(BaseModel):
    """A version of a workflow, whole."""

    model_config = documented(
        {**_VERSION, "trigger": None, "flow": None, "text": '{\n  "nodes": [],\n  "edges": []\n}', "language": "json"}
    )

    version: int
    at: datetime
    by: str | None
    is_current: bool
    #: Trigger and flow control at the last save of this version.
    trigger: Any
    flow: dict[str, Any] | None
    #: Its definition as it was written, or as JSON with one member on a line.
    text: str
    language: str = Field(description="`yaml` or `json`.")

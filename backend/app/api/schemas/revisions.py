"""Responses about the past of workflows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.api.schemas.common import documented


class RevisionRead(BaseModel):
    """A workflow as one save left it."""

    model_config = documented(
        {
            "revision": 17,
            "name": "Lead routing",
            "version": 2,
            "trigger": {">": [{"var": "lead.score"}, 75]},
            "flow": {"debounce": {"period": "2s"}},
            "is_active": True,
            "deleted": False,
            "at": "2026-01-30T12:00:00Z",
            "by": None,
        }
    )

    #: The catalog's revision that the save brought.
    revision: int
    name: str
    #: The version that an event starts.
    version: int
    trigger: Any
    #: Its concurrency, rate_limit, debounce, batch and schedule; null if it has none.
    flow: dict[str, Any] | None
    is_active: bool
    deleted: bool
    at: datetime
    #: The person or key that saved it; null: not known.
    by: str | None

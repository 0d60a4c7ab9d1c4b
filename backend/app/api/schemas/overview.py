"""The response of the overview."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from app.api.schemas.common import documented

_SERIES = {"count": 3, "is_more": False, "bars": [0] * 21 + [1, 0, 2]}


class HourRead(BaseModel):
    """A number of the last hour, and of each of its 24 parts, the oldest first."""

    count: int
    is_more: bool = Field(description="True: a part has more than 10,000, which are not counted.")
    bars: list[int]


class OverviewRead(BaseModel):
    model_config = documented(
        {
            "since": "2026-01-31T08:30:00Z",
            "seconds": 150,
            "events": _SERIES,
            "started": _SERIES,
            "failed": _SERIES,
            "asked": _SERIES,
            "waiting": 2,
            "due_soon": 1,
        }
    )

    #: The beginning of the first part.
    since: datetime
    #: The seconds of each part.
    seconds: int
    events: HourRead
    #: Executions that were created.
    started: HourRead
    #: Executions that failed, whenever they were created.
    failed: HourRead
    #: Approvals that were asked for.
    asked: HourRead
    #: Approvals that wait now; 1001 means that there are more than 1000.
    waiting: int
    #: Those of them that end within 24 hours.
    due_soon: int

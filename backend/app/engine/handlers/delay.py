"""Node type ``delay``: wait for a while, or until a moment, without a worker."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.errors import StepFailed
from app.graph.durations import LONGEST

from ..registry import HandlerResult, Services


class DelayData(BaseModel):
    model_config = ConfigDict(extra="allow")

    ms: int | float | str | None = Field(None, description="Milliseconds; at most 0 goes on at once.")
    until: str | None = Field(None, description="An ISO 8601 time; one without a zone is in UTC.")

    @field_validator("ms")
    @classmethod
    def _is_number(cls, value: Any) -> Any:
        if value is not None:
            milliseconds(value)
        return value

    @field_validator("until")
    @classmethod
    def _is_time(cls, value: str | None) -> str | None:
        if value is not None:
            moment(value)
        return value


class Delay:
    type = "delay"
    title = "Delay"
    pure = True
    needs_input = False
    Data = DelayData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        if data.get("until") is not None:
            return _until(moment(data["until"]))
        if data.get("ms") is None:
            raise StepFailed(f"Node {node_id} has neither ms nor until.", kind="InvalidData", retry=False)
        ms = milliseconds(data["ms"])
        return HandlerResult(result={"ms": ms}, halted=ms > 0, resume_in=ms / 1000)


def milliseconds(value: Any) -> int | float:
    """A number, or digits. Raises ValueError where it is neither, or more than a hundred years."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,16}(\.\d{1,16})?\s*", value, re.ASCII):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ValueError(f"ms is {str(value)[:80]!r}; it must be a number of milliseconds")
    if value > LONGEST * 1000:
        raise ValueError("ms is more than a hundred years")
    return value


def moment(value: str) -> datetime:
    """The time that the text names. Raises ValueError where it names none."""
    try:
        found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"until is {value[:80]!r}; it must be a time as 2030-01-31T09:00:00Z") from None


def _until(due: datetime) -> HandlerResult:
    late = due <= datetime.now(timezone.utc)
    return HandlerResult(result={"until": due.isoformat()}, halted=not late, resume_at=due)


handler = Delay()

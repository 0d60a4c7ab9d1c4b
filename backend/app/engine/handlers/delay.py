"""Node type ``delay``: wait for a time, or until a time, without a worker."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.errors import StepFailed
from app.graph.durations import LONGEST
from app.graph.names import quote
from app.storage.clock import clock

from ..registry import HandlerResult, Services


class DelayData(BaseModel):
    model_config = ConfigDict(extra="allow")

    ms: int | float | str | None = Field(None, description="Milliseconds; 0 or less continues at once.")
    until: str | None = Field(None, description="An ISO 8601 time; one without a zone is in UTC.")

    @field_validator("ms", mode="before")
    @classmethod
    def _is_number(cls, value: Any) -> Any:
        if value is not None:
            parse_milliseconds(value)
        return value

    @field_validator("until")
    @classmethod
    def _is_time(cls, value: str | None) -> str | None:
        if value is not None:
            parse_time(value)
        return value

    @model_validator(mode="after")
    def _has_an_end(self) -> DelayData:
        if self.ms is None and self.until is None:
            raise ValueError("set ms or until")
        return self


class Delay:
    type = "delay"
    title = "Delay"
    category = "Flow"
    icon = "hourglass"
    summary = ("{ms} ms", "until {until}")
    fields = ("ms", "until")
    outputs = fields
    pure = True
    needs_input = False
    Data = DelayData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        if data.get("until") is not None:
            return _until(parse_time(data["until"]))
        if data.get("ms") is None:
            raise StepFailed(f"Node {node_id} needs ms or until.", kind="InvalidData", retry=False)
        ms = parse_milliseconds(data["ms"])
        return HandlerResult(result={"ms": ms}, halted=ms > 0, resume_in=ms / 1000)


def parse_milliseconds(value: Any) -> int | float:
    """A number, or text of one, at most a hundred years. Raises ValueError."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,16}(\.\d{1,16})?\s*", value, re.ASCII):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ValueError(f"it is {quote(value)}; it must be a number of milliseconds")
    if value > LONGEST * 1000:
        raise ValueError(f"it is {quote(value)}; it must be at most {LONGEST * 1000:.0f}, a hundred years")
    return value


def parse_time(value: str) -> datetime:
    """The time in UTC; a text without a zone is in UTC. Raises ValueError."""
    try:
        found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"it is {quote(value)}; it must be a time such as 2030-01-31T09:00:00Z") from None


def _until(due: datetime) -> HandlerResult:
    # What was due a moment ago is left to Postgres, whose clock decides.
    is_past = due < clock.now() - timedelta(minutes=1)
    return HandlerResult(result={"until": due.isoformat()}, halted=not is_past, resume_at=due)


handler = Delay()

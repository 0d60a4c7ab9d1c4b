"""Node type ``wait_for_event``: wait, without a worker, for an event that meets a condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.engine.toolkit.formats import RULE
from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds
from app.graph.durations import parse_seconds
from app.logic.templates import is_template
from app.storage.flow_control.windows import MOST_EVENTS
from app.storage.ids import parse_id
from app.storage.walk.records import WAIT, Record
from app.triggers.correlation import compile_correlation

from ..registry import HandlerResult, RuleAt, Services


class WaitForEventData(BaseModel):
    model_config = ConfigDict(extra="allow")

    condition: Any = Field(
        description="JSONLogic over the event; also $event, and $context and $steps of the execution that waits.",
        json_schema_extra=RULE,
    )
    lookback: Any = Field(None, description='Seconds, or a text like "5m": earlier events of this time count too.')
    max_wait_time: MaxWaitTime = None

    @field_validator("condition")
    @classmethod
    def _is_rule(cls, value: Any) -> Any:
        if value is None or value == {}:
            raise ValueError("it is empty; write true for a condition that any event meets")
        return value

    @field_validator("lookback")
    @classmethod
    def _is_duration(cls, value: Any) -> Any:
        return value if is_template(value) else lookback_seconds(value)


class WaitForEvent:
    type = "wait_for_event"
    title = "Wait for event"
    category = "Events"
    icon = "radio-tower"
    fields = ("event_id", "event")
    outputs = fields
    exempt_fields = ("event_id",)
    pure = True
    chooses = True
    handles = ("timeout",)
    verbatim = ("condition",)
    refuses_null = ("lookback", "max_wait_time")
    needs_input = False
    Data = WaitForEventData

    def rules(self, data: Any) -> Iterator[RuleAt]:
        if data.get("condition") is not None:
            yield "/condition", data["condition"], False

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        found = compile_correlation(data["condition"], context=payload, outputs=services.outputs)
        path, key = found.key or (None, None)
        subscription = {"condition": data["condition"], "seen": found.seen, "path": path, "key": key}
        earlier = {"lookback": lookback_seconds(data.get("lookback")), "gathered": gathered_ids(payload)}
        services.records.append(Record(WAIT, {**subscription, **earlier}))
        return HandlerResult(
            result={"event_id": None, "event": None},
            halted=True,
            resume_in=max_wait_seconds(data.get("max_wait_time")),
            when_due="timeout",
        )


def gathered_ids(payload: Any) -> list[str]:
    """The ``event_ids`` of a payload, as a window of events writes them; any sender can write such a list too."""
    ids = payload.get("event_ids") if isinstance(payload, dict) else None
    listed = ids[:MOST_EVENTS] if isinstance(ids, list) else []
    return [id for id in listed if isinstance(id, str) and parse_id(id) == id]


def lookback_seconds(value: Any) -> float:
    """The time in seconds; 0 if it is not set. Raises ValueError."""
    return 0.0 if value is None or value == "" else parse_seconds(value)


handler = WaitForEvent()

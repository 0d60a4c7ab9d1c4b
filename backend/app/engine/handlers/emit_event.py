"""Node type ``emit_event``: post an event into the engine, as ``POST /events`` does."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.graph.names import quote
from app.logic.templates import is_template

from ..registry import HandlerResult, Services


class EmitEventData(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Any = Field(None, description="A text that triggers and conditions read as $event.type.")
    payload: Any = Field({}, description="The event itself, an object.")

    @field_validator("type")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise ValueError(f"it is {quote(value)}; it must be a text")
        return value

    @field_validator("payload")
    @classmethod
    def _is_object(cls, value: Any) -> Any:
        if not isinstance(value, dict) and not (isinstance(value, str) and is_template(value)):
            raise ValueError(f"it is {quote(value)}; an event must be an object")
        return value


class EmitEvent:
    type = "emit_event"
    title = "Emit event"
    category = "Events"
    icon = "radio"
    summary = ("{type}",)
    fields = ("event_id", "matched", "executions", "held", "errors")
    outputs = fields
    exempt_fields = fields
    passed_on = ("type", "payload")
    needs_input = False
    Data = EmitEventData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=services.emit(data.get("type"), data.get("payload", {})))


handler = EmitEvent()

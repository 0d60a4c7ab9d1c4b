"""Node type ``transform``: compute a value from the payload and earlier outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..registry import HandlerResult, RuleAt, Services


class TransformData(BaseModel):
    model_config = ConfigDict(extra="allow")

    value: Any = Field(None, description="JSONLogic; an object of several keys is built, each value evaluated.")


class Transform:
    type = "transform"
    title = "Transform"
    category = "Data"
    icon = "braces"
    pure = True
    needs_input = False
    verbatim = ("value",)
    Data = TransformData

    def rules(self, data: Any) -> Iterator[RuleAt]:
        if "value" in data:
            yield "/value", data["value"], True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=services.evaluate(data["value"], payload) if "value" in data else None)


handler = Transform()

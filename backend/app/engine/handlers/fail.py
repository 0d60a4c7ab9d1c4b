"""Node type ``fail``: fail with a message, to which the messages of caught failures are added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.errors import StepFailed

from ..registry import HandlerResult, Services


class FailData(BaseModel):
    model_config = ConfigDict(extra="allow")

    message: str = Field("", description="What has failed; the messages of failures that were caught before are added.")


class Fail:
    type = "fail"
    title = "Fail"
    category = "Flow"
    icon = "octagon-x"
    summary = ("{message}",)
    pure = True
    Data = FailData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        messages = [str(data.get("message") or f"Node {node_id} ends in failure."), *caught_messages(services.input)]
        raise StepFailed(" ".join(messages), kind="Failed", retry=False)


def caught_messages(input: Any) -> Iterator[str]:
    """The messages of caught failures in a node's input: of one, or of several by their nodes."""
    if not isinstance(input, dict):
        return
    for output in (input, *input.values()):
        error = output.get("error") if isinstance(output, dict) else None
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            yield error["message"]


handler = Fail()

"""Node type ``fail``: end in failure, in words of one's own and of the failures that led here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.errors import StepFailed

from ..registry import HandlerResult, Services


class FailData(BaseModel):
    model_config = ConfigDict(extra="allow")

    message: str = Field("", description="What has failed; the failures that were caught on the way here are added.")


class Fail:
    type = "fail"
    title = "Fail"
    pure = True
    Data = FailData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        said = [str(data.get("message") or f"Node {node_id} ends in failure."), *causes(services.input)]
        raise StepFailed(" ".join(said), kind="Failed", retry=False)


def causes(input: Any) -> Iterator[str]:
    """The messages of caught failures: of the one that led here, or of several by their nodes."""
    if not isinstance(input, dict):
        return
    for output in (input, *input.values()):
        error = output.get("error") if isinstance(output, dict) else None
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            yield error["message"]


handler = Fail()

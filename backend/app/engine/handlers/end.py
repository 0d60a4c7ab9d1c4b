"""Node type ``end``: the end of a path; its output is its input."""

from __future__ import annotations

from typing import Any

from ..registry import HandlerResult, Services


class End:
    type = "end"
    title = "End"
    category = "Flow"
    icon = "square"
    pure = True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=services.input)


handler = End()

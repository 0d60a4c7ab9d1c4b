"""Node type ``input``: the payload of the execution."""

from __future__ import annotations

from typing import Any

from ..registry import HandlerResult, Services


class Input:
    type = "input"
    title = "Input"
    category = "Flow"
    icon = "log-in"
    pure = True
    needs_input = False

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=payload)


handler = Input()

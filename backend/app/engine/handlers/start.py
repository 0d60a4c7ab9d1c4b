"""Node type ``start``: where an execution begins; it hands on what it was given."""

from __future__ import annotations

from typing import Any

from ..registry import HandlerResult, Services


class Start:
    type = "start"
    title = "Start"
    category = "Flow"
    icon = "play"
    pure = True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=services.input)


handler = Start()

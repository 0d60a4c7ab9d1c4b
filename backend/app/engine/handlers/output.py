"""Node type ``output``: the outputs of the nodes before it, by their ids."""

from __future__ import annotations

from typing import Any

from ..registry import HandlerResult, Services


class Output:
    type = "output"
    title = "Output"
    category = "Flow"
    icon = "log-out"
    pure = True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        return HandlerResult(result=dict(services.inputs))


handler = Output()

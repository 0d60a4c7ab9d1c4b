"""Node type ``task_b``: an example of a task, which works for two seconds."""

from __future__ import annotations

import time
from typing import Any

from ..registry import HandlerResult, Services

SECONDS = 2.0


class TaskB:
    type = "task_b"
    title = "Task B (an example)"
    needs_input = False

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        time.sleep(SECONDS)
        return HandlerResult(result={"task": self.type, "seconds": SECONDS})


handler = TaskB()

"""Node type ``task_c``: an example of a task, which works for a second and a half."""

from __future__ import annotations

import time
from typing import Any

from ..registry import HandlerResult, Services

SECONDS = 1.5


class TaskC:
    type = "task_c"
    title = "Task C (an example)"
    needs_input = False

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        time.sleep(SECONDS)
        return HandlerResult(result={"task": self.type, "seconds": SECONDS})


handler = TaskC()

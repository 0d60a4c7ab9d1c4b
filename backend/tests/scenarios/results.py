"""Results of executions as the API shows them."""

from __future__ import annotations

import json
from typing import Any

from app.api.views.results import result_of
from app.storage import executions
from app.storage.orm import make_sessions
from tests.scenarios.stack import Stack, workflow_cache


def task_results(stack: Stack, id: str) -> Any:
    """Status and task results of a YAML workflow as the API shows them; None unless it is completed."""
    with stack.engine() as engine, make_sessions(engine)() as session:
        text = result_of(session, workflow_cache(), executions.get_execution(session, id))
        return None if text is None else json.loads(text)

"""A step is started although its definition takes long to compile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.config import EngineConfig
from app.engine.definitions.compiled import CompiledWorkflow, WorkflowCache
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.turns import PURE_SECONDS
from app.scripts.stack.embedded import Servers
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, stack, worker_context
from tests.servers import Databases


class SlowPrograms(WorkflowCache):
    """Compiles slowly, as on a busy machine."""

    def get(self, *args: Any, **kwargs: Any) -> CompiledWorkflow:
        time.sleep(PURE_SECONDS + 0.5)
        return super().get(*args, **kwargs)


@pytest.fixture
def quiet(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Stack]:
    """A stack without workers."""
    with stack(servers, databases, tmp_path) as opened:
        yield opened


def test_slow_definition_load_keeps_the_first_wake_up(quiet: Stack) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("send_notification", message="x")))
    with quiet.engine() as engine:
        publisher = Publisher(lambda wake_ups: None)
        worker_context(engine, publisher, config=EngineConfig(inline=0)).walk([WakeUp(id)])
        quiet.execute("UPDATE steps SET status = 'READY', claim = 0 WHERE node_id = 'a'")
        quiet.execute("UPDATE executions SET status = 'RUNNING', open_steps = 1, finished_at = NULL")

        worker_context(engine, publisher, workflows=SlowPrograms(registry())).walk([WakeUp(id, "a", 1)])

    assert quiet.execution(id).status == "COMPLETED"

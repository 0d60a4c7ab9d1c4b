"""A walk whose claim was taken over discards its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.config import EngineConfig
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.local_queue import LocalQueue
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import Walker, WorkerContext
from app.scripts.stack.embedded import Servers
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, stack, worker_context
from tests.servers import Databases


class Numbered:
    """Returns the number of its calls; the first call runs ``meanwhile`` first."""

    type = "numbered"

    def __init__(self) -> None:
        self.calls = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def execute(self, **_: Any) -> HandlerResult:
        self.calls += 1
        number = self.calls
        if number == 1:
            self.meanwhile()
        return HandlerResult(result=number)


class Given:
    """Returns its data."""

    type = "given"

    def execute(self, *, services: Any, **_: Any) -> HandlerResult:
        return HandlerResult(result=services.input)


@pytest.fixture
def quiet(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Stack]:
    """A stack without workers."""
    with stack(servers, databases, tmp_path) as opened:
        yield opened


def worker(engine: Engine, numbered: Numbered, **config: Any) -> WorkerContext:
    types = registry()
    types.register(numbered)
    types.register(Given())
    publisher = Publisher(lambda wake_ups: None)
    return worker_context(engine, publisher, config=EngineConfig(**config), workflows=WorkflowCache(types))


def test_next_step_gets_the_result_that_counts(quiet: Stack) -> None:
    numbered = Numbered()
    (id,) = quiet.accept(graph("start>a>b", a=node("numbered"), b=node("given")))
    with quiet.engine() as engine:
        late = Walker(worker(engine, numbered), id, LocalQueue([]))
        other = worker(engine, numbered, queues={"given": "elsewhere"}, consumed=frozenset([None]))

        def take_over() -> None:
            quiet.execute("UPDATE steps SET status = 'READY' WHERE node_id = 'a'")
            other.walk([WakeUp(id, "a", 1)])

        numbered.meanwhile = take_over
        late.run(WakeUp(id))
        late.run(WakeUp(id, "b", 1))

    assert quiet.step(id, "a").output == 2
    assert quiet.step(id, "b").output == 2
    assert quiet.execution(id).status == "COMPLETED"

"""A walk whose claim was taken over discards its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.config import EngineConfig
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look
from app.engine.walk.walker import WorkerContext
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, stack, worker_context
from tests.servers import Databases


class Numbered:
    """Returns the number of its calls; the first call runs ``meanwhile`` first."""

    type = "numbered"

    def __init__(self) -> None:
        self.calls = 0
        self.has_ended = False
        self.meanwhile: Callable[[], None] = lambda: None

    def execute(self, **_: Any) -> HandlerResult:
        self.calls += 1
        number = self.calls
        if number == 1:
            self.meanwhile()
            self.has_ended = True
        return HandlerResult(result=number)


class Held:
    """Ends once it is released."""

    type = "held"
    released = threading.Event()

    def execute(self, **_: Any) -> HandlerResult:
        self.released.wait(60)
        return HandlerResult()


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
    types.register(Held())
    publisher = Publisher(lambda wake_ups: None)
    return worker_context(engine, publisher, config=EngineConfig(**config), workflows=WorkflowCache(types))


#   start ─┬─▶ a ─▶ b
#          └─▶ c          c keeps the execution in the memory of the process
def test_next_step_gets_the_result_that_counts(quiet: Stack) -> None:
    numbered = Numbered()
    document = graph("start>a>b", "start>c", a=node("numbered"), b=node("given"), c=node("held"))
    (id,) = quiet.accept(document)
    with quiet.engine() as engine:
        late = worker(engine, numbered)
        other = worker(engine, numbered, queues={"given": "elsewhere"}, consumed=frozenset([None]))

        def take_over() -> None:
            quiet.execute("UPDATE steps SET status = 'READY' WHERE node_id = 'a'")
            other.walk([WakeUp(id, "a", 1)])

        numbered.meanwhile = take_over
        late.walker.offer([Look(WakeUp(id))])
        quiet.wait_for_step(id, "b", "READY")
        assert wait_until(lambda: numbered.has_ended, seconds=20)
        late.walker.offer([Look(WakeUp(id, "b", 1))])
        quiet.wait_for_step(id, "b", "COMPLETED")
        Held.released.set()
        late.walker.wait_idle()

    assert quiet.step(id, "a").output == 2
    assert quiet.step(id, "b").output == 2
    assert quiet.execution(id).status == "COMPLETED"

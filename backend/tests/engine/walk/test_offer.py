"""A message leaves the interpreter to an idle walk, and is not held up by a walk that is busy."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look
from app.engine.walk.walker import WorkerContext
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context

#: Longer than any test may take.
FOR_EVER = 100.0


class Held:
    """A pure node: it runs inside a turn of the walk, which it holds until ``opened``."""

    type = "held"
    pure = True

    def __init__(self) -> None:
        self.begun, self.opened = threading.Event(), threading.Event()

    def execute(self, **_: Any) -> HandlerResult:
        self.begun.set()
        self.opened.wait(4)  # Less than a pure node may take.
        return HandlerResult(result=1)


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def worker(engine: Engine, held: Held, monkeypatch: pytest.MonkeyPatch) -> WorkerContext:
    monkeypatch.setattr("app.engine.walk.walker.TAKEN_WITHIN", FOR_EVER)
    types = registry()
    types.register(held)
    return worker_context(engine, Publisher(lambda wake_ups: None), workflows=WorkflowCache(types))


def test_idle_walk_takes_a_message_before_its_task_ends(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    (id,) = quiet.accept(graph("start>h", h=node("held")))

    assert worker.walker.offer([Look(WakeUp(id))], FOR_EVER)

    assert id not in worker.walker._pending
    held.opened.set()
    assert worker.walker.wait_idle(30)
    assert quiet.execution(id).status == "COMPLETED"


def test_message_does_not_wait_for_a_turn(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    first, second = quiet.accept(graph("start>h", h=node("held")), count=2)
    worker.walker.offer([Look(WakeUp(first))], FOR_EVER)
    assert held.begun.wait(20)

    assert worker.walker.offer([Look(WakeUp(second))], FOR_EVER)

    assert second in worker.walker._pending
    held.opened.set()
    assert worker.walker.wait_idle(30)
    assert {quiet.execution(id).status for id in (first, second)} == {"COMPLETED"}

"""Claims that are lost while a handler runs, and messages that overtake its result."""

from __future__ import annotations

import asyncio
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
from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context


class Held:
    """A handler that a test holds; ``ended`` is how it ended."""

    def __init__(self) -> None:
        self.calls = 0
        self.opened = threading.Event()
        self.ended: list[str] = []
        self.halts = False

    def answer(self) -> HandlerResult:
        self.ended.append("by itself")
        return HandlerResult(result="done", halted=self.halts)


class HeldThread(Held):
    type = "held_thread"

    def execute(self, **_: Any) -> HandlerResult:
        self.calls += 1
        try:
            while not self.opened.wait(0.01):
                pass
        except BaseException:
            self.ended.append("stopped")
            raise
        return self.answer()


class HeldLoop(Held):
    type = "held_loop"

    async def execute(self, **_: Any) -> HandlerResult:
        self.calls += 1
        try:
            while not self.opened.is_set():
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.ended.append("stopped")
            raise
        return self.answer()


@pytest.fixture(params=[HeldThread, HeldLoop])
def held(request: pytest.FixtureRequest) -> Held:
    made: Held = request.param()
    return made


@pytest.fixture
def worker(engine: Engine, held: Any) -> WorkerContext:
    types = registry()
    types.register(held)
    return worker_context(engine, Publisher(lambda wake_ups: None), workflows=WorkflowCache(types))


def begin(quiet: Stack, worker: WorkerContext, held: Any) -> str:
    """An execution whose handler runs."""
    (id,) = quiet.accept(graph("start>a>b", a=node(held.type), b=node("nap")))
    worker.walker.offer([Look(WakeUp(id))])
    assert wait_until(lambda: held.calls == 1, seconds=20)
    return id


def test_handler_is_stopped_once_its_claim_is_lost(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    id = begin(quiet, worker, held)
    quiet.execute("UPDATE steps SET claim = 2 WHERE execution_id = %s AND node_id = 'a'", (id,))

    worker.leases.renew(held_for=0)

    assert wait_until(lambda: held.ended == ["stopped"], seconds=20)
    assert worker.walker.wait_idle(20)
    assert (quiet.step(id, "a").status, quiet.step(id, "a").claim) == ("RUNNING", 2)


def test_handler_goes_on_while_others_hold_its_step(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    id = begin(quiet, worker, held)
    with quiet.engine() as engine, engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1 FROM steps WHERE node_id = 'a' FOR UPDATE")
        worker.leases.renew(held_for=0)

    held.opened.set()

    assert worker.walker.wait_idle(20)
    assert held.ended == ["by itself"]
    assert quiet.execution(id).status == "COMPLETED"


def test_same_number_of_another_process_does_not_count(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    id = begin(quiet, worker, held)
    # As after a failover that lost the claim, and another worker's claim of the same step.
    quiet.execute("UPDATE steps SET claimed_by = gen_random_uuid() WHERE execution_id = %s AND node_id = 'a'", (id,))

    held.opened.set()

    assert worker.walker.wait_idle(20)
    assert quiet.step(id, "a").status == "RUNNING"


def test_resume_that_overtakes_its_wait_counts(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    held.halts = True
    id = begin(quiet, worker, held)

    worker.walker.offer([Look(WakeUp(id, "a"), resumed=True)])
    assert wait_until(lambda: quiet.step(id, "a").resume == "resumed", seconds=20)
    held.opened.set()

    assert worker.walker.wait_idle(20)
    assert quiet.execution(id).status == "COMPLETED"
    assert (quiet.step(id, "a").output, quiet.step(id, "a").resume) == ("done", None)


def test_own_message_that_comes_twice_resumes_nothing(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    held.halts = True
    id = begin(quiet, worker, held)

    worker.walker.offer([Look(WakeUp(id, "a", 1), resumed=True)])
    assert wait_until(lambda: not worker.walker._pending and not worker.walker._is_busy, seconds=20)
    held.opened.set()

    assert worker.walker.wait_idle(20)
    assert quiet.step(id, "a").status == "WAITING"


def test_early_resume_changes_nothing_where_none_waits(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    id = begin(quiet, worker, held)

    worker.walker.offer([Look(WakeUp(id, "a"), resumed=True)])
    assert wait_until(lambda: quiet.step(id, "a").resume == "resumed", seconds=20)
    held.opened.set()

    assert worker.walker.wait_idle(20)
    assert (quiet.step(id, "a").output, quiet.step(id, "a").resume) == ("done", None)


def test_claims_are_confirmed_after_a_freeze(quiet: Stack, worker: WorkerContext, held: Held) -> None:
    id = begin(quiet, worker, held)
    (claim,) = worker.walker._turns.flights.held

    assert worker.leases.confirm([claim]) == {claim}
    quiet.execute("UPDATE steps SET claim = 2 WHERE execution_id = %s AND node_id = 'a'", (id,))
    assert worker.leases.confirm([claim]) == set()

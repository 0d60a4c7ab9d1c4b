"""The walk of a process: many executions in one transaction, and none spoils the others."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Callable
from math import inf
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.attempts.event_loop import HandlerLoop
from app.engine.attempts.runners import Room, Runners
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look, News
from app.engine.walk.rounds import TRANSACTION_SECONDS, Recorder
from app.engine.walk.walker import WorkerContext
from app.scripts.stack.processes import wait_until
from app.settings import Settings
from app.storage.database import ConnectionPool, driver
from app.storage.pool import make_pool
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack, registry, worker_context


class Says:
    """Answers ``say`` of its data."""

    type = "says"

    async def execute(self, *, data: Any, **_: Any) -> HandlerResult:
        return HandlerResult(result=data["say"])


class Gate:
    """Waits until ``opened``."""

    type = "gate"

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.waiting = 0

    def execute(self, **_: Any) -> HandlerResult:
        self.waiting += 1
        assert self.opened.wait(60)
        return HandlerResult(result=1)


class SlowPure:
    """Takes 0.2 s inside the transaction of a walk."""

    type = "slow_pure"
    pure = True

    def __init__(self) -> None:
        self.begun = threading.Event()

    def execute(self, **_: Any) -> HandlerResult:
        self.begun.set()
        time.sleep(0.2)  # That is its job.
        return HandlerResult(result=1)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def slow_pure() -> SlowPure:
    return SlowPure()


Make = Callable[[ConnectionPool], WorkerContext]


@pytest.fixture
def sent() -> list[WakeUp]:
    """The wake-ups that a worker publishes."""
    return []


@pytest.fixture
def make_worker(gate: Gate, slow_pure: SlowPure, sent: list[WakeUp]) -> Make:
    def make(engine: ConnectionPool) -> WorkerContext:
        types = registry()
        for handler in (Says(), gate, slow_pure):
            types.register(handler)
        return worker_context(engine, Publisher(sent.extend), workflows=WorkflowCache(types))

    return make


@pytest.fixture
def worker(engine: Engine, make_worker: Make) -> WorkerContext:
    return make_worker(engine)


def looks_at(*ids: str) -> list[Look]:
    return [Look(WakeUp(id)) for id in ids]


@pytest.mark.parametrize("paths", [["start>a>b"], ["start>a>b", "a>c"]], ids=["straight", "fork"])
def test_row_that_postgres_refuses_spoils_no_other(quiet: Stack, worker: WorkerContext, paths: list[str]) -> None:
    quiet.execute("ALTER TABLE steps ADD CONSTRAINT refuses CHECK (output::text <> '\"poison\"')")
    good = quiet.accept(graph(*paths, a=node("says", say="fine"), b=node("says", say=1)), count=20)
    bad = quiet.accept(graph(*paths, a=node("says", say="poison"), b=node("says", say=1)))

    worker.walk([WakeUp(id) for id in [*good[:10], *bad, *good[10:]]])

    assert {quiet.execution(id).status for id in good} == {"COMPLETED"}
    assert quiet.step(bad[0], "a").status == "RUNNING"


def test_execution_whose_statements_time_out_delays_no_other(quiet: Stack, worker: WorkerContext, gate: Gate) -> None:
    quiet.execute(
        "CREATE FUNCTION time_out() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'canceling statement' USING ERRCODE = 'query_canceled'; END $$"
    )
    quiet.execute(
        "CREATE TRIGGER slow BEFORE UPDATE ON steps FOR EACH ROW"
        " WHEN (NEW.output::text = '\"slow\"') EXECUTE FUNCTION time_out()"
    )
    good = quiet.accept(graph("start>g>a", g=node("gate"), a=node("says", say="fine")), count=10)
    (bad,) = quiet.accept(graph("start>a", a=node("says", say="slow")))

    worker.walker.offer(looks_at(*good, bad))
    assert wait_until(lambda: worker.walker.is_held_up and gate.waiting == 10, seconds=30)
    gate.opened.set()

    quiet.finish_all(good)
    # It is not while it is tried again.
    assert wait_until(lambda: worker.walker.is_held_up, seconds=30)
    assert quiet.step(bad, "a").status == "RUNNING"
    quiet.execute("DROP TRIGGER slow ON steps")
    assert worker.walker.wait_idle(30)
    assert (quiet.execution(bad).status, quiet.step(bad, "a").claim) == ("COMPLETED", 1)


def test_executions_that_do_not_exist_are_passed_over(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("says", say=1)))

    worker.walk([WakeUp("00000000-0000-4000-8000-000000000000"), WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"


def test_steps_beyond_the_room_follow(quiet: Stack, engine: Engine) -> None:
    worker = worker_context(engine, Publisher(lambda wake_ups: None), handlers_at_once=4)
    (id,) = quiet.accept(fan(30, node("async_nap")))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"
    assert {step.claim for step in quiet.steps(id) if step.node_id.startswith("b")} == {1}


def test_same_wake_up_twice_runs_a_handler_once(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a>b", a=node("says", say=1), b=node("says", say=2)))

    worker.walk([WakeUp(id), WakeUp(id), WakeUp(id, "start", 1)])

    assert [(step.node_id, step.claim) for step in quiet.steps(id)] == [("start", 0), ("a", 1), ("b", 1)]


def test_moved_execution_is_read_again(quiet: Stack, worker: WorkerContext) -> None:
    drawn = graph("start>pause>a", pause=node("delay", ms=3_600_000), a=node("transform", value="old"))
    (id,) = quiet.accept(drawn)
    recorder = Recorder(worker)
    look = News(looks=[Look(WakeUp(id))])
    recorder.record({id: look}, lambda context: Room(1), inf)
    moved = graph("start>pause>a", pause=node("delay", ms=3_600_000), a=node("transform", value="new"))
    workflow = quiet.execution(id).workflow_id
    statement = "INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 2, %s)"
    quiet.execute(statement, (workflow, json.dumps(moved)))
    quiet.execute("UPDATE executions SET version = 2 WHERE id = %s", (id,))
    quiet.execute("UPDATE steps SET due_at = now() WHERE execution_id = %s AND status = 'WAITING'", (id,))
    resumed = News(looks=[Look(WakeUp(id, "pause", 1), resumed=True)])

    outcome = recorder.record({id: resumed}, lambda context: Room(1), inf)
    recorder.record({id: resumed}, lambda context: Room(1), inf)

    assert outcome.skipped == [id]
    assert quiet.execution(id).output == "new"


@pytest.mark.parametrize("paths", [["start>a>b"], ["start>a>b", "a>c"]], ids=["straight", "fork"])
def test_result_is_kept_while_no_connection_is_free(
    quiet: Stack, make_worker: Make, gate: Gate, paths: list[str]
) -> None:
    (id,) = quiet.accept(graph(*paths, a=node("gate"), b=node("says", say=1), c=node("says", say=2)))
    pool = make_pool(Settings(database_url=quiet.database_url), size=1, timeout=0.1)
    worker = make_worker(pool)
    worker.walker.offer(looks_at(id))
    assert wait_until(lambda: gate.waiting == 1, seconds=20)
    assert wait_until(lambda: quiet.step(id, "a").status == "RUNNING", seconds=20)

    with driver(pool):
        gate.opened.set()
        assert wait_until(lambda: worker.walker.is_held_up, seconds=20)

    assert worker.walker.wait_idle(30)
    assert quiet.execution(id).status == "COMPLETED"
    assert (gate.waiting, quiet.step(id, "a").claim) == (1, 1)
    pool.dispose()


def test_transaction_takes_no_further_slow_execution(
    quiet: Stack, worker: WorkerContext, gate: Gate, slow_pure: SlowPure
) -> None:
    ids = quiet.accept(graph("start>a>p", "a>q", a=node("gate"), p=node("slow_pure"), q=node("says", say=1)), count=24)
    worker.walker.offer(looks_at(*ids))
    assert wait_until(lambda: gate.waiting == len(ids), seconds=30)

    gate.opened.set()

    assert worker.walker.wait_idle(60)
    assert {quiet.execution(id).status for id in ids} == {"COMPLETED"}
    recorded = quiet.rows("SELECT count(*) AS results FROM steps WHERE node_id = 'a' GROUP BY xmin")
    assert max(each.results for each in recorded) <= TRANSACTION_SECONDS / 0.2 + 1


class NoFiles(HandlerLoop):
    """An event loop for which there is no file descriptor the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 1

    def start(self, *args: Any, **options: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        super().start(*args, **options)


def test_step_whose_handler_cannot_start_is_given_back(quiet: Stack, engine: Engine) -> None:
    context = worker_context(engine, Publisher(lambda wake_ups: None))
    worker = WorkerContext(**{**vars(context), "runners": Runners(loop=NoFiles())})
    (id,) = quiet.accept(graph("start>a", a=node("async_nap")))

    worker.walker.offer(looks_at(id))

    assert worker.walker.wait_idle(30)
    assert (quiet.step(id, "a").status, quiet.step(id, "a").losses) == ("READY", 1)
    worker.walk([WakeUp(id, "a", 1)])
    assert quiet.execution(id).status == "COMPLETED"


def test_result_that_comes_during_the_last_turn_counts(
    quiet: Stack, worker: WorkerContext, gate: Gate, slow_pure: SlowPure
) -> None:
    (waiting,) = quiet.accept(graph("start>a", a=node("gate")))
    (slow,) = quiet.accept(graph("start>p", p=node("slow_pure")))
    worker.walker.offer(looks_at(waiting))
    assert wait_until(lambda: gate.waiting == 1, seconds=20)
    worker.walker.offer(looks_at(slow))
    assert slow_pure.begun.wait(20)

    gate.opened.set()
    worker.walker.stop(0.05)

    assert quiet.step(waiting, "a").status == "COMPLETED"


def test_wake_ups_are_shared_where_pure_nodes_are_slow(quiet: Stack, worker: WorkerContext, sent: list[WakeUp]) -> None:
    ids = quiet.accept(graph("start>p", p=node("slow_pure")), count=30)

    worker.walker.offer(looks_at(*ids))

    assert worker.walker.wait_idle(60)
    worker.publisher.flush()
    here = {id for id in ids if quiet.execution(id).status == "COMPLETED"}
    assert {wake_up.execution_id for wake_up in sent} == set(ids) - here
    assert len(sent) > len(ids) / 3

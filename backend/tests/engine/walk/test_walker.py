"""The walk of a process: many executions in one transaction, and none spoils the others."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.attempts.runners import Room
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look, News
from app.engine.walk.rounds import Recorder
from app.engine.walk.walker import WorkerContext
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack, registry, worker_context


class Says:
    """Answers ``say`` of its data."""

    type = "says"

    async def execute(self, *, data: Any, **_: Any) -> HandlerResult:
        return HandlerResult(result=data["say"])


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    types = registry()
    types.register(Says())
    return worker_context(engine, Publisher(lambda wake_ups: None), workflows=WorkflowCache(types))


@pytest.mark.parametrize("paths", [["start>a>b"], ["start>a>b", "a>c"]], ids=["straight", "fork"])
def test_row_that_postgres_refuses_spoils_no_other(quiet: Stack, worker: WorkerContext, paths: list[str]) -> None:
    quiet.execute("ALTER TABLE steps ADD CONSTRAINT refuses CHECK (output::text <> '\"poison\"')")
    good = quiet.accept(graph(*paths, a=node("says", say="fine"), b=node("says", say=1)), count=20)
    bad = quiet.accept(graph(*paths, a=node("says", say="poison"), b=node("says", say=1)))

    worker.walk([WakeUp(id) for id in [*good[:10], *bad, *good[10:]]])

    assert {quiet.execution(id).status for id in good} == {"COMPLETED"}
    assert quiet.step(bad[0], "a").status == "RUNNING"


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

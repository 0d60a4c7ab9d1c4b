"""Executions that others hold take no place in a process: it walks its other ones meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look
from app.engine.walk.walker import WorkerContext
from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    return worker_context(engine, Publisher(lambda wake_ups: None))


def test_held_execution_holds_up_no_other(quiet: Stack, engine: Engine, worker: WorkerContext) -> None:
    held, *others = quiet.accept(graph("start>a>b", a=node("nap"), b=node("nap")), count=20)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (held,))
        worker.walker.offer([Look(WakeUp(id)) for id in [held, *others]])

        quiet.finish_all(others)
        assert wait_until(lambda: worker.walker.is_held_up, seconds=20)
        assert quiet.execution(held).status == "PENDING"

    assert worker.walker.wait_idle(20)
    assert quiet.execution(held).status == "COMPLETED"

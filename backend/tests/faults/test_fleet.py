"""The workers in ``/v1/health`` while they start, stop, are killed, or lose their servers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.scripts.stack.processes import stop, wait_until
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import QUICK, Stack
from tests.servers import NOWHERE
from tests.service import Service


@contextmanager
def api_of(stack: Stack, broker_alive: Callable[[], bool] = lambda: True) -> Iterator[Api]:
    settings = Settings(
        database_url=stack.database_url,
        workflows_dir=NOWHERE,
        worker_heartbeat_interval=float(QUICK["WORKER_HEARTBEAT_INTERVAL"]),
        worker_heartbeat_timeout=float(QUICK["WORKER_HEARTBEAT_TIMEOUT"]),
    )
    with running_api(settings, broker_alive) as api:
        yield api


@pytest.fixture
def api(fresh: Stack) -> Iterator[Api]:
    with api_of(fresh) as api:
        yield api


def workers(api: Api) -> str:
    workers_status: str = api.get("/v1/health").json()["services"]["workers"]
    return workers_status


def says(api: Api, words: str, *, seconds: float = 20) -> bool:
    return wait_until(lambda: workers(api) == words, seconds=seconds)


def test_step_waits_for_a_worker_that_knows_its_type(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(UNKNOWN_TYPE_TIMEOUT="600")
    stack.start_worker(app="app.engine.orchestrator", concurrency=1)
    id = stack.begin(graph("start>a>b", a=node("nap"), b=node("nap")))
    stack.wait_for_step(id, "a", "READY")

    stack.start_worker(concurrency=1)

    assert stack.finish(id, seconds=60).status == "COMPLETED"


def test_step_of_a_known_type_outwaits_the_timeout(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(UNKNOWN_TYPE_TIMEOUT="0.1")
    busy = stack.start_worker(concurrency=1)
    assert wait_until(lambda: bool(stack.rows("SELECT 1 FROM workers")), seconds=20)
    os.kill(busy.pid, signal.SIGSTOP)  # it knows the type, and does not come to it
    try:
        stack.execute("UPDATE workers SET last_seen_at = now() + interval '1 hour'")
        stack.start_worker(app="app.engine.orchestrator", concurrency=1)
        id = stack.begin(graph("start>a", a=node("nap")))
        stack.wait_for_step(id, "a", "READY")
        checked = "SELECT next_check_at > created_at + interval '4 seconds' AS twice FROM steps WHERE node_id = 'a'"
        assert wait_until(lambda: stack.rows(checked)[0].twice, seconds=30)
        assert stack.step(id, "a").status == "READY"
    finally:
        os.kill(busy.pid, signal.SIGCONT)
    assert stack.finish(id, seconds=60).status == "COMPLETED"


def test_killed_worker_is_dropped_after_heartbeat_timeout(fresh: Stack, api: Api) -> None:
    killed = fresh.start_worker(concurrency=1, ready=False)
    fresh.start_worker(concurrency=1, pool="threads")
    assert says(api, "healthy (2 active)")
    health = api.get("/v1/health")
    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    assert set(health.json()) == {"status", "version", "services"}
    assert {health.json()["services"][part] for part in ("redis", "postgres", "orchestrator")} == {"healthy"}

    killed.kill()

    timeout = float(QUICK["WORKER_HEARTBEAT_TIMEOUT"])
    assert says(api, "healthy (1 active)", seconds=timeout + 1)
    assert api.get("/v1/health").json()["status"] == "healthy"


def test_busy_worker_sends_heartbeats(fresh: Stack, api: Api, calls: Service) -> None:
    fresh.start_worker(concurrency=1)
    fresh.begin(graph("start>a", a=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")

    first = fresh.rows("SELECT last_seen_at FROM workers")[0].last_seen_at
    seen = "SELECT count(*) AS n FROM workers WHERE last_seen_at > %s + interval '3.5 seconds'"

    assert wait_until(lambda: fresh.rows(seen, (first,))[0].n == 1, seconds=20)
    assert workers(api) == "healthy (1 active)"


def test_system_tells_how_busy_a_worker_is(fresh: Stack, api: Api, calls: Service) -> None:
    fresh.start_worker(concurrency=1)
    fresh.begin(graph("start>a", a=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")

    def system() -> Any:
        return api.get("/system").json()

    assert wait_until(lambda: system()["workers"][0]["busy"] == 1, seconds=20)
    assert wait_until(lambda: system()["timekeeper"]["passed_at"] is not None, seconds=20)
    worker, queue = system()["workers"][0], system()["queues"][0]
    assert (worker["pool"], worker["slots"]) == ("prefork", 1)
    assert (queue["name"], queue["workers"]) == (worker["queues"][0], 1)


def test_stopping_worker_removes_its_row(fresh: Stack, api: Api) -> None:
    leaving = fresh.start_worker(concurrency=1)
    assert says(api, "healthy (1 active)")

    stop(leaving, first=signal.SIGTERM, seconds=20)

    health = api.get("/v1/health")
    assert fresh.rows("SELECT * FROM workers") == []
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert health.json()["services"]["workers"] == "unhealthy (0 active)"


def test_without_a_broker_the_fleet_is_degraded(fresh: Stack) -> None:
    with api_of(fresh, broker_alive=lambda: False) as api:
        fresh.start_worker(concurrency=1)
        assert says(api, "healthy (1 active)")

        health = api.get("/v1/health")

        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert health.json()["services"]["redis"] == "unhealthy"


def test_workers_continue_after_a_postgres_outage(fresh: Stack, api: Api, without_postgres: Callable[..., Any]) -> None:
    worker = fresh.start_worker(concurrency=1)
    assert says(api, "healthy (1 active)")

    with without_postgres():
        began = time.monotonic()
        away = api.get("/v1/health")
        took = time.monotonic() - began

    assert (away.status_code, away.json()["status"]) == (503, "unhealthy")
    assert away.json()["services"] == {
        "redis": "healthy",
        "postgres": "unhealthy",
        "orchestrator": "unhealthy",
        "workers": "unknown",
    }
    assert took < 5
    fresh.execute("DELETE FROM workers")
    assert says(api, "healthy (1 active)")
    assert worker.status is None


def test_worker_registers_and_removes_dead_rows(fresh: Stack) -> None:
    fresh.execute(
        "INSERT INTO workers (id, name, queues, last_seen_at) SELECT gen_random_uuid(), name, '[]', now() - age FROM"
        " (VALUES ('long dead', interval '2 hours'), ('dead', interval '2 minutes')) AS past (name, age)"
    )

    worker = fresh.start_worker(concurrency=1)

    own = f"{worker.program.name}@localhost"
    names = "SELECT name, queues, started_at <= last_seen_at AS seen FROM workers ORDER BY started_at, name"
    assert wait_until(lambda: {row.name for row in fresh.rows(names)} == {"dead", own}, seconds=20)
    (row,) = [row for row in fresh.rows(names) if row.name == own]
    assert (row.queues, row.seen) == (["celery"], True)


def test_log_level_is_about_our_own_messages(fresh: Stack) -> None:
    fails = graph("start>a", a=node("flaky"))
    quiet = fresh.start_worker(concurrency=1, LOG_LEVEL="warning")
    fresh.finish(fresh.begin(fails))
    quiet.kill()

    loud = fresh.start_worker(concurrency=1, level="WARNING", ready=False, DEBUG="true")

    fresh.finish(fresh.begin(fails))
    assert wait_until(lambda: loud.has_logged("node a, attempt 1 failed: Flaky"), seconds=20)
    assert quiet.has_logged(" ready.")
    assert not quiet.has_logged("attempt 1 failed")

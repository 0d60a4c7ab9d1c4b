"""``/api/workflow`` loses nothing and keeps its limit while workers, broker and Postgres fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.faults.api_process import api_process, submit
from tests.long import LONG, POOLS
from tests.scenarios.stack import Stack
from tests.servers import flush
from tests.service import Service

#: Seconds in which an answer is an answer, on a machine that has other things to do.
SOON = 15


def status_of(api: Any, id: str) -> str:
    status: str = api.get(f"/api/workflow/{id}", timeout=SOON).json()["status"]
    return status


@pytest.mark.parametrize("worker_first", [True, pytest.param(False, marks=LONG)])
def test_api_started_without_broker_loses_nothing(
    fresh: Stack, without_redis: Callable[..., Any], worker_first: bool
) -> None:
    if worker_first:
        fresh.start_worker()
    with ExitStack() as opened:
        with without_redis(killed=worker_first):
            api, child = opened.enter_context(api_process(fresh))
            began = time.monotonic()
            health = api.get("/health", timeout=SOON)
            ids = [submit(api, "kept", "transform", "task_a") for _ in range(3)]
            took = time.monotonic() - began
            during = [status_of(api, id) for id in ids]
            stored = [fresh.execution(id).status for id in ids]

        if not worker_first:
            fresh.start_worker()
        fresh.finish_all(ids)

        assert (health.status_code, health.json()) == (200, {"status": "degraded"})
        assert took < SOON
        assert during == ["pending"] * 3
        assert stored == ["PENDING"] * 3
        assert [status_of(api, id) for id in ids] == ["succeeded"] * 3
        assert wait_until(lambda: api.get("/health", timeout=SOON).json() == {"status": "healthy"}, seconds=20)
        assert child.status is None


def test_accepted_events_survive_the_api(fresh: Stack, without_redis: Callable[..., Any]) -> None:
    with without_redis(), api_process(fresh) as (api, child):
        ids = [submit(api, "kept", "transform") for _ in range(3)]
        child.kill()

    fresh.start_worker()

    fresh.finish_all(ids)


@pytest.mark.parametrize("pool", POOLS)
def test_limit_holds_through_kills_and_broker_loss(fresh: Stack, calls: Service, pool: str) -> None:
    limit = {"MAX_CONCURRENT_WORKFLOWS": "2", "WORKER_CONCURRENCY": "4"}
    fresh.start_worker(pool=pool, concurrency=4)
    with api_process(fresh, **limit) as (api, first):
        ids = [submit(api, f"w{number % 2}", "http_call", url=calls.url + "/hold") for number in range(5)]
        urgent = submit(api, "urgent", "http_call", url=calls.url + "/hold", priority="high")
        calls.wait_for("/hold", 2)
        first.kill()

    fresh.kill_workers()
    flush(fresh.redis_url)
    # Two steps that were lost together run alone in their processes, and the next one needs another process.
    for _ in range(3 if pool == "threads" else 1):
        fresh.start_worker(pool=pool, concurrency=4)
    with api_process(fresh, **limit) as (api, _):
        calls.wait_for("/hold", 4)
        waiting = [id for id in [*ids, urgent] if status_of(api, id) == "pending"]
        api.post(f"/executions/{ids[0]}/cancel")
        calls.wait_for("/hold", 5)
        still_waiting = [id for id in [*ids, urgent] if status_of(api, id) == "pending"]
        calls.released.set()
        fresh.finish_all([*ids[1:], urgent])

    assert waiting == [*ids[2:], urgent]
    assert still_waiting == ids[2:]
    assert live_at_once(fresh) <= 2


def live_at_once(stack: Stack) -> int:
    """The highest number of executions that ran at the same time."""
    rows = stack.rows("SELECT started_at, finished_at FROM executions")
    return max(sum(row.started_at <= moment.started_at < row.finished_at for row in rows) for moment in rows)


def test_failing_and_succeeding_steps_end_in_order(fresh: Stack) -> None:
    fresh.start_worker(pool="threads", concurrency=4)
    with api_process(fresh, MAX_CONCURRENT_WORKFLOWS="1") as (api, _):
        ids = [submit(api, "flood", "delay", last, ms=2) for last in ("transform", "fail") * 10]

        ended = [fresh.finish(id).status for id in ids]

    assert ended == ["COMPLETED", "FAILED"] * 10
    assert live_at_once(fresh) == 1
    assert sorted(ids, key=lambda id: fresh.execution(id).started_at) == ids

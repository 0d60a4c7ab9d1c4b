"""A frozen broker accepts connections and does not answer: work is late, but not lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.api_process import api_process
from tests.long import POOLS
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

NAP = graph("start>a", a=node("nap"))


@contextmanager
def frozen_broker(stack: Stack) -> Iterator[None]:
    """A block in which Valkey is stopped by SIGSTOP, like a host that hangs."""
    group = stack.servers.redis.child.pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def lose_worker(stack: Stack) -> str:
    """An execution whose step runs under a lease that has ended."""
    (id,) = stack.accept(NAP, check_in=3600)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'RUNNING', 1, now())",
        (id,),
    )
    stack.execute(
        "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL"
        " WHERE id = %s",
        (id,),
    )
    return id


def sees_lost_leases(stack: Stack, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        ids.append(lose_worker(stack))
        assert wait_until(lambda: stack.step(ids[-1], "a").status != "RUNNING", seconds=15), stack.log[-3000:]
    return ids


def test_timekeeper_works_while_the_broker_is_frozen(fresh: Stack) -> None:
    fresh.start_worker()

    with frozen_broker(fresh):
        ids = sees_lost_leases(fresh, 3)

    fresh.finish_all([*ids, fresh.begin(NAP)])


def test_timekeeper_works_while_the_broker_refuses(
    fresh: Stack, without_redis: Callable[..., contextmanager[None]]
) -> None:
    fresh.start_worker()

    with without_redis():
        ids = sees_lost_leases(fresh, 3)

    fresh.finish_all([*ids, fresh.begin(NAP)])


def test_health_is_degraded_for_every_probe_while_frozen(fresh: Stack) -> None:
    with api_process(fresh) as (api, _):
        assert api.get("/health").json() == {"status": "healthy"}

        with frozen_broker(fresh):
            assert wait_until(lambda: api.get("/health", timeout=20).json() == {"status": "degraded"}, seconds=20)
            with ThreadPoolExecutor(12) as pool:
                probes = list(pool.map(lambda _: api.get("/health", timeout=20), range(12)))

        assert {(probe.status_code, probe.json()["status"]) for probe in probes} == {(200, "degraded")}
        assert wait_until(lambda: api.get("/health", timeout=20).json() == {"status": "healthy"}, seconds=20)


@pytest.mark.parametrize("pool", POOLS)
def test_queued_execution_is_started_by_any_worker(make_stack: Callable[..., Stack], calls: Service, pool: str) -> None:
    # Long enough that no timekeeper publishes again what a busy worker may hold.
    stack = make_stack(WAKE_UP_GRACE="60")
    held = graph("start>a>b", a=node("http_call", url=calls.url + "/hold", timeout="60s"), b=node("nap"))
    stack.start_worker(concurrency=1, pool=pool)
    first = stack.begin(held)
    calls.wait_for("/hold", 1)
    rest = [stack.begin(held) for _ in range(3)]
    stack.start_worker(concurrency=3, pool=pool)

    calls.wait_for("/hold", 4, seconds=10)

    calls.released.set()
    stack.finish_all([first, *rest])


def test_installations_with_prefixes_share_a_redis_database(make_stack: Callable[..., Stack]) -> None:
    one, other = make_stack(REDIS_KEY_PREFIX="one:"), make_stack(REDIS_KEY_PREFIX="other:")
    other.env["REDIS_URL"] = one.env["REDIS_URL"]
    for stack in (one, other):
        stack.start_worker(concurrency=1)

    with api_process(one) as (first, _), api_process(other) as (second, _):
        started = [(one, start_many(first, 10)), (other, start_many(second, 10))]
        for stack, ids in started:
            stack.finish_all(ids)

    assert "does not exist" not in one.log + other.log


def test_installations_that_share_queues_say_so(make_stack: Callable[..., Stack]) -> None:
    one, other = make_stack(), make_stack()
    other.env["REDIS_URL"] = one.env["REDIS_URL"]
    first = one.start_worker(concurrency=1)
    with one.redis() as client:
        assert wait_until(lambda: client.exists("trigraph.installation") == 1, seconds=20)

    second = other.start_worker(concurrency=1)

    assert wait_until(lambda: second.has_logged("Another installation uses the same queues"), seconds=20)
    assert not first.has_logged("Another installation")


def test_queue_with_a_prefix_does_not_grow_by_repetition(make_stack: Callable[..., Stack], calls: Service) -> None:
    limits = {"HANDLERS_AT_ONCE": "1", "SYNC_HANDLERS_AT_ONCE": "1"}
    stack = make_stack(REDIS_KEY_PREFIX="one:", WAKE_UP_GRACE="0.3", TIMEKEEPER_INTERVAL="0.1", **limits)
    stack.start_worker(concurrency=1)
    with api_process(stack) as (api, _):
        held = graph("start>a", a=node("http_call", url=calls.url + "/hold"))
        workflow = api.save(graph=held, trigger=None)["id"]
        for _ in range(20):
            api.post("/executions", json={"workflow_id": workflow}, timeout=20)
        calls.wait_for("/hold")
        looks = "SELECT count(*) AS n FROM executions WHERE next_check_at > created_at + interval '2 seconds'"
        assert wait_until(lambda: stack.rows(looks)[0].n >= 19, seconds=20)

        assert stack.messages("one:celery") <= 20
    calls.released.set()


def start_many(api: Api, count: int) -> list[str]:
    """Executions that an API has started and published."""
    workflow = api.save(graph=NAP, trigger=None)["id"]
    return [api.post("/executions", json={"workflow_id": workflow}, timeout=20).json()["id"] for _ in range(count)]

"""A broker that loses messages, is unavailable, or delivers messages several times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.long import LONG, POOLS
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import flush
from tests.service import Service

THRICE = "tests.faults.thrice.celery_app"


#   start ─┬─▶ wait ─▶ a ───┬─▶ both ─▶ last
#          └─▶ held ─▶ again ┘
def busy(calls: Service) -> dict[str, Any]:
    """A fork, a join, a delay, a retry, and calls that are held."""
    return graph(
        "start>wait>a>both>last",
        "start>held>again>both",
        wait=node("delay", ms=400),
        a=node("http_call", url=calls.url + "/a"),
        held=node("http_call", url=calls.url + "/hold"),
        again=node("flaky", succeeds_at=2, retry={"max_attempts": 3, "initial_interval": 0.3}),
        last=node("http_call", url=calls.url + "/last"),
    )


def each_once(stack: Stack, calls: Service, ids: list[str]) -> None:
    """Assert that every node of every execution was recorded once, by its first claim, and called once."""
    stack.finish_all(ids)
    for id in ids:
        assert sorted(stack.ran(id)) == sorted(["start", "wait", "held", "a", "again", "both", "last"]), stack.story(id)
        assert {step.claim for step in stack.steps(id)} <= {0, 1}
    for path in ("/hold", "/a", "/last"):
        assert set(calls.keys(path).values()) == {1}
        assert len(calls.keys(path)) == len(ids)


@pytest.mark.parametrize("pool", POOLS)
def test_lost_messages_are_published_again(fresh: Stack, calls: Service, pool: str) -> None:
    fresh.start_worker(pool=pool)
    ids = fresh.begin_many(busy(calls), 20)
    calls.wait_for("/hold", 2)
    late = fresh.accept(busy(calls), count=5)
    fresh.wake(*late)

    flush(fresh.redis_url)
    calls.released.set()

    fresh.execute("UPDATE executions SET next_check_at = now() WHERE next_check_at IS NOT NULL")
    each_once(fresh, calls, ids + late)


@pytest.mark.parametrize(("pool", "killed"), [("prefork", False), pytest.param("threads", True, marks=LONG)])
def test_broker_outage_loses_nothing(
    fresh: Stack, calls: Service, without_redis: Callable[..., Any], pool: str, killed: bool
) -> None:
    worker = fresh.start_worker(pool=pool)
    ids = fresh.begin_many(busy(calls), 6)
    calls.wait_for("/hold", 2)

    with without_redis(killed=killed):
        late = fresh.accept(busy(calls), count=3)
        calls.released.set()
        # What runs goes on: its results need Postgres only.
        assert wait_until(lambda: any(step.node_id == "again" for step in fresh.steps(ids[0])), seconds=20)

    fresh.execute("UPDATE executions SET next_check_at = now() WHERE next_check_at IS NOT NULL")
    each_once(fresh, calls, ids + late)
    assert worker.status is None


def test_delay_beyond_visibility_timeout_resumes_once(make_stack: Callable[..., Stack], calls: Service) -> None:
    # Once in ten seconds kombu puts back what was not acknowledged within the visibility timeout.
    stack = make_stack(REDIS_VISIBILITY_TIMEOUT="2")
    stack.start_worker()
    stack.start_worker()
    delayed = graph("start>wait>a", wait=node("delay", ms=13_000), a=node("http_call", url=calls.url + "/a"))

    ids = stack.begin_many(delayed, 5)

    stack.finish_all(ids)
    assert set(calls.keys("/a").values()) == {1}
    assert len(calls.keys("/a")) == 5
    for id in ids:
        waited = stack.step(id, "wait")
        assert 12.99 <= (waited.finished_at - waited.started_at).total_seconds() < 40


@pytest.mark.parametrize("pool", POOLS)
def test_repeated_wake_ups_run_each_node_once(fresh: Stack, calls: Service, pool: str) -> None:
    fresh.start_worker(pool=pool, app=THRICE)
    fresh.start_worker(pool=pool, app=THRICE)
    calls.released.set()
    ids = fresh.accept(busy(calls), count=20, check_in=60)

    for _ in range(3):
        fresh.wake(*ids)

    each_once(fresh, calls, ids)


def test_premature_wake_ups_start_nothing(fresh: Stack, calls: Service) -> None:
    fresh.start_worker()
    ids = fresh.begin_many(busy(calls), 5)
    calls.wait_for("/hold", 2)
    nodes = ["start", "wait", "held", "a", "again", "both", "last"]

    for id in ids:
        for name in nodes:
            fresh.send("trigraph.walk", [[id, name, 1], [id, name, None]])
            fresh.send("trigraph.execute_node", id, "__RESUME_AFTER__", name)

    assert calls.at("/last") == []
    calls.released.set()
    each_once(fresh, calls, ids)
    for id in ids:
        waited = fresh.step(id, "wait")
        assert (waited.finished_at - waited.started_at).total_seconds() >= 0.39


def test_unreadable_messages_are_harmless(fresh: Stack) -> None:
    fresh.start_worker()

    fresh.send("trigraph.walk")
    fresh.send("trigraph.walk", "no list")
    fresh.send("trigraph.walk", [["one"], 7])
    fresh.send("trigraph.no_such_task", 1)

    assert fresh.finish(fresh.begin(graph("start>a"))).status == "COMPLETED"

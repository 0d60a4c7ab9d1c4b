"""Faults with hundreds of handlers in flight: each execution completes, and no effect gets another key."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.scripts.stack.processes import signal_group, wait_until
from tests.faults.freezing import freeze_group
from tests.long import LONG, POOLS, SOAK
from tests.proxy import proxy_to
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

IN_FLIGHT = 200
#: Leases that outlive any test.
FOR_EVER = {"WORKER_HEARTBEAT_TIMEOUT": "600", "WAKE_UP_GRACE": "600"}


def calling(calls: Service, path: str) -> Any:
    """Two calls, the first of which is held."""
    held, after = (node("http_call", url=calls.url + each) for each in (f"/hold{path}", path))
    return graph("start>a>b", a=held, b=after)


def test_executions_complete_after_workers_are_killed(fresh: Stack, calls: Service) -> None:
    rounds = 20 if SOAK else 1
    for number in range(rounds):
        path = f"/killed/{number}"
        calls.released.clear()
        fresh.start_worker()
        ids = fresh.begin_many(calling(calls, path), IN_FLIGHT)
        calls.wait_for(f"/hold{path}", IN_FLIGHT)

        fresh.kill_workers()
        calls.released.set()
        fresh.start_worker()

        fresh.finish_all(ids, seconds=120)
        keys, after = calls.keys(f"/hold{path}"), calls.keys(path)
        assert (len(keys), set(keys.values())) == (IN_FLIGHT, {2})
        assert (len(after), set(after.values())) == (IN_FLIGHT, {1})
        fresh.kill_workers()


def test_results_of_a_thawed_worker_repeat_nothing(fresh: Stack, calls: Service) -> None:
    frozen = fresh.start_worker(concurrency=1)
    ids = fresh.begin_many(calling(calls, "/frozen"), 100)
    calls.wait_for("/hold/frozen", 100)

    freeze_group(frozen.pid)
    try:
        calls.released.set()
        fresh.start_worker()
        calls.wait_for("/hold/frozen", 110)  # Some steps have been claimed again, others have not.
    finally:
        signal_group(frozen.pid, signal.SIGCONT)

    fresh.finish_all(ids, seconds=120)
    before, after = calls.keys("/hold/frozen"), calls.keys("/frozen")
    assert (len(before), set(before.values()) | {1}) == (100, {1, 2})
    assert (len(after), set(after.values())) == (100, {1})


def test_results_that_come_during_an_outage_are_kept(
    make_stack: Callable[..., Stack], calls: Service, without_postgres: Callable[..., AbstractContextManager[None]]
) -> None:
    stack = make_stack(**FOR_EVER)
    stack.start_worker()
    ids = stack.begin_many(calling(calls, "/outage"), IN_FLIGHT)
    calls.wait_for("/hold/outage", IN_FLIGHT)

    with without_postgres():
        calls.released.set()
        assert not wait_until(lambda: len(calls.at("/outage")) > 0, seconds=5)

    stack.finish_all(ids, seconds=120)
    assert set(calls.keys("/hold/outage").values()) == {1}
    assert set(calls.keys("/outage").values()) == {1}


@LONG
def test_results_are_kept_while_postgres_is_silent(fresh: Stack, calls: Service) -> None:
    with proxy_to(fresh.database_url) as proxy:
        fresh.start_worker(DATABASE_URL=proxy.url_for(fresh.database_url))
        ids = fresh.begin_many(calling(calls, "/silent"), IN_FLIGHT)
        calls.wait_for("/hold/silent", IN_FLIGHT)

        proxy.freeze()
        calls.released.set()
        assert not wait_until(lambda: len(calls.at("/silent")) > 0, seconds=60)
        proxy.thaw()

        fresh.finish_all(ids, seconds=120)
        assert set(calls.keys("/hold/silent").values()) == {1}
        assert set(calls.keys("/silent").values()) == {1}


@pytest.mark.parametrize("pool", POOLS)
def test_stopped_worker_gives_back_what_does_not_end(
    make_stack: Callable[..., Stack], calls: Service, pool: str
) -> None:
    stack = make_stack(**FOR_EVER, WORKER_STOP_GRACE="1")
    worker = stack.start_worker(pool=pool)
    ids = stack.begin_many(calling(calls, "/stopped"), 40)
    calls.wait_for("/hold/stopped", 40)

    os.kill(worker.pid, signal.SIGTERM)
    assert wait_until(lambda: worker.status is not None, seconds=40)
    assert {stack.step(id, "a").status for id in ids} == {"READY"}
    stack.start_worker(pool=pool)
    calls.wait_for("/hold/stopped", 80)
    calls.released.set()

    stack.finish_all(ids)
    assert {stack.step(id, "a").losses for id in ids} == {0}
    assert {stack.step(id, "a").lost_together for id in ids} == {0}
    assert set(calls.keys("/hold/stopped").values()) == {2}


def test_stopped_worker_lets_handlers_end(make_stack: Callable[..., Stack], calls: Service) -> None:
    stack = make_stack(**FOR_EVER, WORKER_STOP_GRACE="60")
    worker = stack.start_worker()
    ids = stack.begin_many(calling(calls, "/ending"), 40)
    calls.wait_for("/hold/ending", 40)

    os.kill(worker.pid, signal.SIGTERM)
    calls.released.set()

    assert wait_until(lambda: worker.status is not None, seconds=40)
    assert {stack.step(id, "a").status for id in ids} == {"COMPLETED"}
    stack.start_worker()
    stack.finish_all(ids)
    assert set(calls.keys("/hold/ending").values()) == set(calls.keys("/ending").values()) == {1}

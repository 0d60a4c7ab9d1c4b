"""Postgres is restarted or killed while handlers run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

#: Seconds that a claim holds without renewal, with the settings of the test stacks.
LEASE = 3.0


@pytest.mark.parametrize(("pool", "killed"), [("threads", True), pytest.param("prefork", False, marks=LONG)])
def test_postgres_restarted_while_handlers_run(
    make_stack: Callable[..., Stack],
    calls: Service,
    without_postgres: Callable[..., Any],
    pool: str,
    killed: bool,
) -> None:
    # Leases that outlive the restart, however long it takes.
    fresh = make_stack(WORKER_HEARTBEAT_TIMEOUT="60")
    path = graph(
        "start>a>wait>b>last",
        "start>c>last",
        a=node("http_call", url=calls.url + "/hold/a", timeout=200),
        wait=node("delay", ms=300),
        b=node("http_call", url=calls.url + "/b"),
        c=node("flaky", succeeds_at=2, retry={"max_attempts": 2, "initial_interval": 0.5}),
    )
    worker = fresh.start_worker(pool=pool)
    ids = fresh.begin_many(path, 8)
    calls.wait_for("/hold/a", 2)

    with without_postgres(killed=killed):
        calls.released.set()
        # Both held handlers end while there is nowhere to record that.
        assert wait_until(lambda: "Timekeeper: database unavailable" in fresh.log, seconds=20)

    fresh.finish_all(ids)
    for path in ("/hold/a", "/b"):
        assert set(calls.keys(path).values()) == {1}
        assert len(calls.keys(path)) == 8
    assert worker.status is None


def test_outage_longer_than_a_lease_repeats_no_handler(
    fresh: Stack, calls: Service, without_postgres: Callable[..., Any]
) -> None:
    worker = fresh.start_worker()
    ids = [fresh.begin(graph("start>a>b", a=node("http_call", url=calls.url + "/hold"))) for _ in range(2)]
    calls.wait_for("/hold", 2)

    with without_postgres():
        calls.released.set()
        ended = time.monotonic() + 2 * LEASE
        assert wait_until(lambda: time.monotonic() > ended and worker.has_logged("not renewed"), seconds=30), fresh.log

    fresh.finish_all(ids)
    assert set(calls.keys("/hold").values()) == {1}
    for id in ids:
        assert sorted(fresh.ran(id)) == ["a", "b", "start"]

"""A minute in which everything goes wrong at once: ``SOAK=1 pytest tests/faults/soak``."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import flush
from tests.service import Service

pytestmark = LONG

#: Seconds of faults.
SECONDS = 60


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_random_faults_lose_nothing(
    make_stack: Callable[..., Stack],
    calls: Service,
    without_postgres: Callable[..., Any],
    without_redis: Callable[..., Any],
    pool: str,
) -> None:
    chance = random.Random(7)
    stack = make_stack(MAX_WORKER_LOSSES="1000")
    calls.released.set()
    url = calls.url
    drawn = graph(
        "start>a>wait>b>both>last",
        "start>c>again>both",
        "start>d>both",
        a=node("http_call", url=url + "/a"),
        wait=node("delay", ms=700),
        b=node("nap", seconds=0.05),
        c=node("http_call", url=url + "/c"),
        again=node("flaky", succeeds_at=3, retry={"max_attempts": 3, "initial_interval": 0.2}),
        d=node("send_notification", message="x"),
        last=node("http_call", url=url + "/last"),
    )
    for _ in range(2):
        stack.start_worker(pool=pool)
    ids: list[str] = []
    until = time.monotonic() + SECONDS

    while time.monotonic() < until:
        ids += stack.begin_many(drawn, 20)
        fault = chance.choice(["worker", "worker", "flush", "redis", "postgres", "nothing"])
        if fault == "worker":
            stack.workers.pop(0).kill()
            stack.start_worker(pool=pool)
        elif fault == "flush":
            flush(stack.redis_url)
        elif fault == "redis":
            with without_redis(killed=chance.random() < 0.5):
                time.sleep(chance.random())
        elif fault == "postgres":
            with without_postgres(killed=chance.random() < 0.5):
                time.sleep(chance.random())
        time.sleep(chance.random())

    stack.execute("UPDATE executions SET next_check_at = now() WHERE next_check_at IS NOT NULL")
    stack.finish_all(ids, seconds=180)
    done = stack.rows("SELECT execution_id, node_id FROM steps WHERE status = 'COMPLETED'")
    times = Counter((step.execution_id, step.node_id) for step in done)
    nodes = [each["id"] for each in drawn["nodes"]]
    assert times == Counter({(id, name): 1 for id in ids for name in nodes})
    assert len(stack.rows("SELECT 1 FROM notifications")) == len(ids)
    for path in ("/a", "/c", "/last"):
        assert len(calls.keys(path)) == len(ids)

"""A step that ends its process fails as poisoned; the steps that ran beside it complete."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from app.scripts.stack.processes import Child
from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

INNOCENTS = 30


def start_threads(stack: Stack) -> Child:
    return stack.start_worker(pool="threads", concurrency=INNOCENTS + 2)


def keep_running(stack: Stack, ids: list[str], *, seconds: float) -> int:
    """Start the worker again whenever it ends, until these executions have ended; how often that was."""
    ends, give_up_at = 0, time.monotonic() + seconds
    while stack.rows("SELECT 1 FROM executions WHERE id = ANY(%s::uuid[]) AND finished_at IS NULL LIMIT 1", (ids,)):
        assert time.monotonic() < give_up_at, stack.story(ids[-1])
        if stack.workers[-1].status is not None:
            ends += 1
            start_threads(stack)
        time.sleep(0.1)
    return ends


@pytest.mark.parametrize(("losses", "seconds"), [(1, 0.0), pytest.param(3, 2.0, marks=LONG)])
def test_steps_beside_one_that_kills_their_process_complete(
    make_stack: Callable[..., Stack], calls: Service, losses: int, seconds: float
) -> None:
    threads = make_stack(MAX_WORKER_LOSSES=str(losses))
    innocent = graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("nap", seconds=seconds))
    ids = threads.accept(innocent, count=INNOCENTS, check_in=3600)
    deadly = threads.accept(graph("start>a", a=node("kills", url=calls.url + "/deadly")), check_in=3600)
    start_threads(threads)
    for id in ids:
        threads.wake(id)
    calls.wait_for("/hold", INNOCENTS)

    threads.wake(*deadly)
    calls.wait_for("/deadly")
    calls.released.set()
    ends = keep_running(threads, [*ids, *deadly], seconds=180)

    threads.finish_all(ids)
    assert threads.execution(deadly[0]).error["type"] == "poisoned"
    # Once beside all, once beside a few of them, and then alone.
    assert ends <= 2 + losses

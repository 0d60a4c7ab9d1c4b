"""The timekeeper: publishes what was lost once, leaves a backlog as long as it is, and survives what it meets."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.engine.config import EngineConfig
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context
from tests.service import Service


@contextmanager
def timekeeper(
    stack: Stack, sent: list[WakeUp], *, backlog: int = 0, config: EngineConfig | None = None
) -> Iterator[Timekeeper]:
    """A timekeeper without a worker around it; what it would publish goes to ``sent``."""
    with stack.engine() as engine:
        publisher = Publisher(sent.extend)
        worker = worker_context(engine, publisher, config=config or EngineConfig(grace=60))
        yield Timekeeper(worker, lambda queue: backlog, interval=0.05, losses=3)
        publisher.flush()


def started(stack: Stack, status: str, *, count: int = 1, claim: int = 0, document: Any = None) -> list[str]:
    """Executions whose node ``a`` stands at that status, and is to be looked at."""
    ids = stack.accept(graph("start>a>b", a=node("nap")) if document is None else document, count=count)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at, due_at)"
        " SELECT id, 'a', 1, 1, gen_random_uuid(), 'nap', %s, %s, now(), CASE WHEN %s = 'WAITING' THEN now() END"
        " FROM unnest(%s::uuid[]) AS id",
        (status, claim, status, ids),
    )
    stack.execute(
        "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL"
        " WHERE id = ANY(%s::uuid[])",
        (ids,),
    )
    return ids


def test_two_timekeepers_at_once_publish_once(fresh: Stack) -> None:
    ids = [*started(fresh, "READY", count=700), *started(fresh, "RUNNING", count=700, claim=1)]
    pending = fresh.accept(graph("start>a"), count=700, check_in=0)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent) as one, timekeeper(fresh, sent) as other:
        threads = [threading.Thread(target=_look_until_nothing_is_due, args=(each,)) for each in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wait_until(lambda: len(sent) >= 2100, seconds=20)
    assert Counter(wake_up.execution_id for wake_up in sent) == Counter([*ids, *pending])


def _look_until_nothing_is_due(timekeeper: Timekeeper) -> None:
    while timekeeper.look():
        pass


def test_queued_wake_ups_are_not_republished(fresh: Stack) -> None:
    started(fresh, "READY", count=3)
    fresh.accept(graph("start>a"), count=3, check_in=0)
    lost = started(fresh, "RUNNING", claim=1)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, backlog=100) as behind:
        behind.look()

    # Only what a dead worker left behind is in no queue.
    assert [wake_up.execution_id for wake_up in sent] == lost


def test_stale_wake_ups_are_republished(fresh: Stack) -> None:
    ids = started(fresh, "READY", count=3)
    fresh.execute("UPDATE steps SET created_at = now() - interval '2 minutes'")
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, backlog=100) as behind:
        behind.look()

    assert {wake_up.execution_id for wake_up in sent} == set(ids)


@pytest.mark.parametrize(("consumed", "count"), [(None, 0), ("gpu", 3)])
def test_foreign_queue_does_not_grow(fresh: Stack, consumed: str | None, count: int) -> None:
    started(fresh, "READY", count=3)
    fresh.execute("UPDATE steps SET created_at = now() - interval '2 minutes'")
    sent: list[WakeUp] = []

    config = EngineConfig(grace=60, queues={"nap": "gpu"}, consumed=frozenset([consumed]))
    with timekeeper(fresh, sent, backlog=100, config=config) as behind:
        behind.look()

    assert [wake_up.queue for wake_up in sent] == ["gpu"] * count


def test_a_step_that_took_three_workers_with_it_fails(fresh: Stack) -> None:
    (twice,) = started(fresh, "RUNNING", claim=2)
    (thrice,) = started(fresh, "RUNNING", claim=3)

    with timekeeper(fresh, []) as keeper:
        keeper.look()

    assert fresh.execution(thrice).error["type"] == "poisoned"
    assert (fresh.step(thrice, "a").status, fresh.step(twice, "a").status) == ("FAILED", "READY")


def test_a_timekeeper_survives_an_execution_that_cannot_be_read(fresh: Stack) -> None:
    (odd,) = started(fresh, "RUNNING", claim=3, document={"nodes": [{"id": "a"}, {"id": "a"}], "edges": 7})
    sent: list[WakeUp] = []
    stop = threading.Event()

    with timekeeper(fresh, sent) as keeper:
        thread = threading.Thread(target=keeper.run, args=(stop,))
        thread.start()
        assert wait_until(lambda: fresh.rows("SELECT next_check_at > now() AS seen FROM steps")[0].seen, seconds=20)
        (later,) = started(fresh, "READY")
        seen = wait_until(lambda: later in {wake_up.execution_id for wake_up in sent}, seconds=20)
        stop.set()
        thread.join()

    assert seen
    assert odd not in {wake_up.execution_id for wake_up in sent}


def test_a_long_queue_grows_no_longer_while_its_workers_are_busy(fresh: Stack, calls: Service) -> None:
    fresh.env.update(WAKE_UP_GRACE="0.3", TIMEKEEPER_INTERVAL="0.1")
    fresh.start_worker(concurrency=1)
    fresh.begin(graph("start>a", a=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")
    ids = fresh.accept(graph("start>a", a=node("http_call", url=calls.url + "/a")), count=300, check_in=0.1)
    for start in range(0, 300, 16):
        fresh.wake(*ids[start : start + 16])
    before = fresh.messages()
    assert before >= 15

    # Every execution is looked at twice more while the only process is busy.
    looks = "SELECT count(*) AS n FROM executions WHERE next_check_at > created_at + interval '1 second'"
    assert wait_until(lambda: fresh.rows(looks)[0].n >= 300, seconds=20)

    assert fresh.messages() <= before + 3
    calls.released.set()
    fresh.finish_all(ids)
    assert set(calls.keys("/a").values()) == {1}


def test_long_delay_is_published_near_its_time(fresh: Stack) -> None:
    fresh.start_worker(concurrency=1)
    id = fresh.begin(graph("start>wait>b", wait=node("delay", ms=90 * 86_400_000)))
    fresh.wait_for_step(id, "wait", "WAITING")
    waiting = fresh.step(id, "wait")
    assert 89.9 < (waiting.due_at - waiting.started_at).total_seconds() / 86_400 < 90.1
    assert waiting.next_check_at < waiting.due_at

    fresh.execute(
        "UPDATE steps SET due_at = now() + interval '1 second', next_check_at = now() WHERE status = 'WAITING'"
    )

    assert fresh.finish(id).status == "COMPLETED"
    finished = fresh.step(id, "wait")
    assert (finished.finished_at - finished.due_at).total_seconds() >= -0.01


def test_failing_publisher_neither_blocks_nor_raises(fresh: Stack) -> None:
    tried = threading.Event()

    def refuse(wake_ups: list[WakeUp]) -> None:
        tried.set()
        raise ConnectionError(json.dumps(len(wake_ups)))

    publisher = Publisher(refuse)
    publisher.put([WakeUp("x")])

    assert tried.wait(5)
    publisher.flush()
    publisher.put([WakeUp("y")])

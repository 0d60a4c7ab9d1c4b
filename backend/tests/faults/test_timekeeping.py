"""The timekeeper publishes lost wake-ups once, adds nothing to a backlog, and survives errors."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from app.engine.config import EngineConfig
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.scripts.stack.processes import wait_until
from tests.engine.upkeep.keeper import EVERYTHING, LEASE, NOTHING, timekeeper
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service


def started(stack: Stack, status: str, *, count: int = 1, claim: int = 0, document: Any = None) -> list[str]:
    """Executions whose node ``a`` has had that status for a minute, and is due for a check."""
    ids = stack.accept(graph("start>a>b", a=node("nap")) if document is None else document, count=count)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, losses, next_check_at,"
        " due_at, created_at)"
        " SELECT id, 'a', 1, 1, gen_random_uuid(), 'nap', %s, %s, %s, now(), CASE WHEN %s = 'WAITING' THEN now() END,"
        " now() - interval '1 minute'"
        " FROM unnest(%s::uuid[]) AS id",
        (status, claim, max(claim - 1, 0), status, ids),
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
    fresh.execute("UPDATE executions SET created_at = now() - interval '1 minute'")
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent) as one, timekeeper(fresh, sent) as other:
        threads = [threading.Thread(target=_check_until_nothing_is_due, args=(each,)) for each in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wait_until(lambda: len(sent) >= 2100, seconds=20)
    assert Counter(wake_up.execution_id for wake_up in sent) == Counter([*ids, *pending])


def _check_until_nothing_is_due(timekeeper: Timekeeper) -> None:
    for _ in range(10):
        timekeeper.run_once()


def test_wake_ups_that_may_be_queued_are_not_republished(fresh: Stack) -> None:
    started(fresh, "READY", count=3)
    fresh.accept(graph("start>a"), count=3, check_in=0)
    lost = started(fresh, "RUNNING", claim=1)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, consumed=NOTHING) as behind:
        behind.run_once()

    # Only what a dead worker left behind is in no queue.
    assert [wake_up.execution_id for wake_up in sent] == lost


def test_wake_ups_that_left_the_queue_are_republished(fresh: Stack) -> None:
    ids = started(fresh, "READY", count=3)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, consumed=time.time() - 30) as behind:
        behind.run_once()

    assert {wake_up.execution_id for wake_up in sent} == set(ids)


@pytest.mark.parametrize(("gpu", "count"), [(NOTHING, 0), (EVERYTHING, 3)])
def test_each_queue_is_judged_by_its_own_progress(fresh: Stack, gpu: float, count: int) -> None:
    started(fresh, "READY", count=3)
    sent: list[WakeUp] = []

    progress = {None: EVERYTHING - gpu, "gpu": gpu}
    config = EngineConfig(grace=60, lease=LEASE, queues={"nap": "gpu"})
    with timekeeper(fresh, sent, config=config, consumed_until=progress.get) as keeper:
        keeper.run_once()

    assert [wake_up.queue for wake_up in sent] == ["gpu"] * count


def test_silent_broker_means_nothing_counts_as_lost(fresh: Stack) -> None:
    started(fresh, "READY", count=3)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, consumed_until=lambda queue: None) as keeper:
        keeper.run_once()

    assert sent == []


def test_step_that_lost_three_workers_fails(fresh: Stack) -> None:
    (twice,) = started(fresh, "RUNNING", claim=2)
    (thrice,) = started(fresh, "RUNNING", claim=3)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent) as keeper:
        keeper.run_once()
        keeper.worker.publisher.flush()
        keeper.worker.walk([wake_up for wake_up in sent if wake_up.execution_id == thrice])

    assert fresh.execution(thrice).error["type"] == "poisoned"
    assert (fresh.step(thrice, "a").status, fresh.step(twice, "a").status) == ("FAILED", "READY")


def test_unreadable_execution_does_not_hold_up_others(fresh: Stack) -> None:
    (odd,) = started(fresh, "RUNNING", claim=3, document={"nodes": [{"id": "a"}, {"id": "a"}], "edges": 7})
    lost = started(fresh, "RUNNING", claim=1, count=5)
    (pending,) = fresh.accept(graph("start>a"), check_in=-60)
    fresh.execute("UPDATE executions SET created_at = now() - interval '1 minute'")
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, config=EngineConfig(grace=1, lease=LEASE)) as keeper:
        keeper.run_once()

    assert {wake_up.execution_id for wake_up in sent} == {odd, *lost, pending}
    assert {fresh.step(id, "a").status for id in lost} == {"READY"}


def test_long_queue_does_not_grow_while_workers_are_busy(fresh: Stack, calls: Service) -> None:
    fresh.env.update(WAKE_UP_GRACE="0.3", TIMEKEEPER_INTERVAL="0.1", HANDLERS_AT_ONCE="1")
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


def test_idle_worker_sends_few_statements(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(TIMEKEEPER_INTERVAL="1", WORKER_HEARTBEAT_INTERVAL="3", WORKER_HEARTBEAT_TIMEOUT="12")
    stack.start_worker(concurrency=2)
    committed = "SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()"
    rates: list[float] = []

    def sends_few_statements() -> bool:
        # Sessions report what they have done within a second. Autovacuum and the worker's start commit too, at times.
        began, before = time.monotonic(), stack.rows(committed)[0].n
        assert wait_until(lambda: time.monotonic() > began + 5, seconds=60)
        rates.append((stack.rows(committed)[0].n - before) / (time.monotonic() - began))
        return rates[-1] < 3

    assert wait_until(sends_few_statements, seconds=30), rates

"""Concurrency limits and rates, also when workers and messages are lost."""

from __future__ import annotations

from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.faults.conftest import fresh, make_stack
from tests.long import POOLS
from tests.scenarios.door import door, post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import NOWHERE, flush
from tests.service import Service

__all__ = ["fresh", "make_stack"]


def live_at_once(stack: Stack, workflow: str, key: str | None = None) -> int:
    """The highest number of executions of a workflow that ran at the same time."""
    rows = stack.rows(
        "SELECT started_at, finished_at, payload FROM executions WHERE workflow_id = %s",
        (workflow,),
    )
    rows = [row for row in rows if row.payload.get("key") == key]
    return max(sum(row.started_at <= moment.started_at < row.finished_at for row in rows) for moment in rows)


def begun(stack: Stack, workflow: str) -> list[str]:
    found = stack.rows("SELECT id FROM executions WHERE workflow_id = %s ORDER BY started_at NULLS LAST", (workflow,))
    return [row.id for row in found]


def lane_rows(stack: Stack) -> int:
    return int(stack.rows("SELECT count(*) AS n FROM lanes")[0].n)


def test_many_executions_respect_the_limit_and_complete(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>nap>last", nap=node("nap", seconds=0.02)), concurrency={"limit": 3})

    ids = [post(api, workflow) for _ in range(100)]

    threads.finish_all(ids)
    assert live_at_once(threads, workflow) <= 3
    assert threads.rows("SELECT id FROM executions WHERE queued AND workflow_id = %s", (workflow,)) == []


def test_two_kinds_of_pool_keep_the_limit_together(fresh: Stack) -> None:
    fresh.start_worker()
    fresh.start_worker(pool="threads", concurrency=4)
    with door(fresh) as api:
        workflow = save(api, graph("start>nap", nap=node("nap", seconds=0.05)), concurrency={"limit": 2})
        ids = [post(api, workflow) for _ in range(30)]

        fresh.finish_all(ids)

    assert live_at_once(fresh, workflow) <= 2


def test_each_key_has_its_own_limit(threads: Stack, api: Api, calls: Service) -> None:
    by_key = {"limit": 1, "key": "{{ payload.key }}"}
    workflow = save(api, graph("start>a", a=node("http_call", url=calls.url + "/hold")), concurrency=by_key)

    ids = [post(api, workflow, key=key) for _ in range(4) for key in ("a", "b")]

    assert wait_until(lambda: len(calls.at("/hold")) == 2, seconds=20)
    calls.released.set()
    threads.finish_all(ids)
    assert [live_at_once(threads, workflow, key) for key in ("a", "b")] == [1, 1]


def test_queued_executions_start_in_order_of_arrival(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>nap", nap=node("nap", seconds=0.01)), concurrency={"limit": 1})

    ids = [post(api, workflow) for _ in range(12)]

    threads.finish_all(ids)
    assert begun(threads, workflow) == ids


def test_ended_executions_free_their_slots(threads: Stack, api: Api) -> None:
    fails = save(api, graph("start>a", a=node("flaky")), concurrency={"limit": 1})
    pure = save(api, graph("start>a"), concurrency={"limit": 1})

    failed = [post(api, fails) for _ in range(3)]
    done = [post(api, pure) for _ in range(20)]

    assert [threads.finish(id).status for id in failed] == ["FAILED"] * 3
    threads.finish_all(done)


#   book ─▶ fails, and then unbook
def test_slot_is_kept_until_compensation_ends(threads: Stack, api: Api, calls: Service) -> None:
    undoable = graph(
        "start>book>fails",
        book=node("nap", compensate="unbook"),
        fails=node("flaky"),
        unbook=node("http_call", url=calls.url + "/hold"),
    )
    workflow = save(api, undoable, concurrency={"limit": 1})
    first, second = post(api, workflow), post(api, workflow)
    calls.wait_for("/hold")

    waits = threads.execution(second).queued
    calls.released.set()

    assert waits
    assert [threads.finish(id).status for id in (first, second)] == ["FAILED", "FAILED"]
    assert threads.execution(second).started_at >= threads.execution(first).finished_at


def test_dropped_execution_never_runs(threads: Stack, api: Api, calls: Service) -> None:
    held = graph("start>a", a=node("http_call", url=calls.url + "/hold"))
    workflow = save(api, held, concurrency={"limit": 1, "on_limit": "drop"})
    first = post(api, workflow)
    calls.wait_for("/hold")

    answer = api.fire({"for": workflow})
    calls.released.set()

    assert answer["executions"] == []
    assert threads.finish(first).status == "COMPLETED"
    assert begun(threads, workflow) == [first]
    assert threads.finish(post(api, workflow)).status == "COMPLETED"


#   book ─▶ wait, and where it is cancelled unbook
def test_newest_starts_after_the_replaced_is_compensated(threads: Stack, api: Api, calls: Service) -> None:
    undoable = graph(
        "start>book>wait",
        book=node("nap", compensate="unbook"),
        wait=node("delay", ms=60_000),
        unbook=node("http_call", url=calls.url + "/unbook"),
    )
    workflow = save(api, undoable, concurrency={"limit": 1, "on_limit": "replace"})
    first = post(api, workflow)
    threads.wait_for_step(first, "wait", "WAITING")

    second = post(api, workflow)
    threads.wait_for_step(second, "wait", "WAITING")

    assert threads.finish(first).status == "CANCELLED"
    assert len(calls.at("/unbook")) == 1
    assert threads.execution(second).started_at >= threads.execution(first).finished_at
    threads.cancel(second)
    assert threads.finish(second).status == "CANCELLED"


def test_timekeeper_completes_an_unfinished_replacement(threads: Stack, api: Api) -> None:
    forever = graph("start>wait", wait=node("delay", ms=600_000))
    workflow = save(api, forever, concurrency={"limit": 1})
    old, new = post(api, workflow), post(api, workflow)
    threads.wait_for_step(old, "wait", "WAITING")
    threads.execute(
        """UPDATE workflows SET flow = '{"concurrency": {"limit": 1, "on_limit": "replace"}}' WHERE id = %s""",
        (workflow,),
    )

    threads.execute("UPDATE lanes SET next_check_at = now()")

    threads.wait_for_step(new, "wait", "WAITING")
    assert threads.execution(old).status == "CANCELLED"
    threads.cancel(new)


def say(api: Api, workflow: str, **flow: Any) -> None:
    """Replace the flow control of a workflow."""
    assert api.put(f"/workflows/{workflow}", json={"name": "w", **flow}).status_code == 200


@pytest.mark.parametrize("flow", [{}, {"rate_limit": {"limit": 9, "period": "30d"}}, {"concurrency": {"limit": 9}}])
def test_changed_rate_applies_to_queued_executions(threads: Stack, api: Api, flow: dict[str, Any]) -> None:
    workflow = save(api, graph("start>a"), rate_limit={"limit": 1, "period": "30d"})
    ids = [post(api, workflow) for _ in range(4)]
    threads.finish(ids[0])

    say(api, workflow, **flow)
    threads.execute("UPDATE lanes SET next_check_at = now()")

    threads.finish_all(ids)


def test_current_rate_and_limit_apply_to_queued_executions(threads: Stack, api: Api) -> None:
    flow = {"concurrency": {"limit": 1}, "rate_limit": {"limit": 1, "period": "30d", "key": "{{ payload.key }}"}}
    workflow = save(api, graph("start>nap", nap=node("nap", seconds=0.02)), **flow)
    ids = [post(api, workflow, key="k") for _ in range(3)]
    threads.finish(ids[0])

    say(api, workflow, concurrency={"limit": 1}, rate_limit={"limit": 1, "period": "1s"})
    threads.execute("UPDATE lanes SET next_check_at = now()")

    threads.finish_all(ids)
    assert live_at_once(threads, workflow, "k") == 1


@pytest.mark.parametrize("on_limit", ["queue", "replace"])
def test_removed_limit_starts_queued_executions(threads: Stack, api: Api, on_limit: str) -> None:
    forever = graph("start>wait", wait=node("delay", ms=600_000))
    workflow = save(api, forever, concurrency={"limit": 1})
    ids = [post(api, workflow) for _ in range(3)]
    threads.wait_for_step(ids[0], "wait", "WAITING")
    threads.execute("UPDATE lanes SET on_limit = %s WHERE name = %s", (on_limit, threads.execution(ids[1]).lane))

    say(api, workflow)
    threads.execute("UPDATE lanes SET next_check_at = now()")

    for id in ids:
        threads.wait_for_step(id, "wait", "WAITING")
        threads.cancel(id)


def test_wake_up_does_not_start_a_queued_execution(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, graph("start>a", a=node("http_call", url=calls.url + "/hold")), concurrency={"limit": 1})
    first, second = post(api, workflow), post(api, workflow)
    calls.wait_for("/hold")

    threads.wake(second, second)
    threads.finish(threads.begin(graph("start>a")))

    assert threads.steps(second) == []
    calls.released.set()
    threads.finish_all([first, second])


def test_retry_resumes_from_the_failure_with_a_slot(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(
        api,
        graph(
            "start>a>b",
            a=node("http_call", url="{{ payload.url }}"),
            b=node("flaky", succeeds_at=2),
        ),
        concurrency={"limit": 1},
    )
    failed = post(api, workflow, url=calls.url + "/once")
    assert threads.finish(failed).status == "FAILED"
    other = post(api, workflow, url=calls.url + "/hold")
    calls.wait_for("/hold")

    api.post(f"/executions/{failed}/retry")
    threads.finish(threads.begin(graph("start>a")))

    assert threads.execution(failed).queued
    assert threads.step(failed, "b").status == "READY"
    calls.released.set()
    assert threads.finish(other).status == "FAILED"
    threads.finish_all([failed])
    assert len(calls.at("/once")) == 1


@pytest.mark.parametrize("pool", POOLS)
def test_killed_worker_keeps_the_slot_of_its_execution(fresh: Stack, calls: Service, pool: str) -> None:
    fresh.start_worker(pool=pool)
    with door(fresh) as api:
        held = graph("start>a", a=node("http_call", url=calls.url + "/hold"))
        workflow = save(api, held, concurrency={"limit": 1})
        first, second = post(api, workflow), post(api, workflow)
        calls.wait_for("/hold")

        fresh.kill_workers()
        waits = fresh.execution(second).queued
        fresh.start_worker(pool=pool)
        calls.released.set()

        fresh.finish_all([first, second])
    assert waits
    assert list(calls.keys("/hold").values()) == [2, 1]
    assert fresh.execution(second).started_at >= fresh.execution(first).finished_at
    assert wait_until(lambda: lane_rows(fresh) == 0, seconds=20)


def test_flood_with_kills_and_broker_loss_completes(fresh: Stack) -> None:
    fresh.start_worker()
    with door(fresh) as api:
        workflow = save(api, graph("start>nap>last", nap=node("nap", seconds=0.05)), concurrency={"limit": 3})
        ids = [post(api, workflow) for _ in range(40)]

        for _ in range(2):
            assert wait_until(lambda: any(fresh.execution(id).started_at for id in ids), seconds=20)
            flush(fresh.redis_url)
            fresh.kill_workers()
            fresh.start_worker()

        fresh.finish_all(ids)
    assert live_at_once(fresh, workflow) <= 3


def test_lost_admission_wake_up_is_repeated(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a"), concurrency={"limit": 1})
    with running_api(Settings(database_url=threads.database_url, wake_up_grace=1, workflows_dir=NOWHERE)) as silent:
        ids = [post(silent, workflow) for _ in range(3)]

    threads.finish_all(ids)


def test_starts_per_period_respect_the_rate(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a"), rate_limit={"limit": 3, "period": "2s"})

    ids = [post(api, workflow) for _ in range(8)]

    threads.finish_all(ids)
    begun_at = [threads.execution(id).admitted_at for id in ids]
    assert begun_at == sorted(begun_at)
    # The times at which they were let in; that somebody else comes to it later moves no other.
    assert all((later - sooner).total_seconds() >= 2 for sooner, later in zip(begun_at, begun_at[3:], strict=False))


def test_rate_and_limit_apply_after_broker_loss(fresh: Stack) -> None:
    fresh.start_worker()
    with door(fresh) as api:
        flow = {"concurrency": {"limit": 2}, "rate_limit": {"limit": 4, "period": "1s"}}
        workflow = save(api, graph("start>nap", nap=node("nap", seconds=0.05)), **flow)
        ids = [post(api, workflow) for _ in range(10)]

        flush(fresh.redis_url)

        fresh.finish_all(ids)
    begun_at = sorted(fresh.execution(id).admitted_at for id in ids)
    assert live_at_once(fresh, workflow) <= 2
    assert all((later - sooner).total_seconds() >= 1 for sooner, later in zip(begun_at, begun_at[4:], strict=False))

"""``debounce`` and ``batch`` start one execution for several events, also if workers or messages are lost."""

from __future__ import annotations

from typing import Any

from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.conftest import fresh, make_stack
from tests.scenarios.door import door, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import flush

__all__ = ["fresh", "make_stack"]

#: start ─▶ what, whose output is what the execution was given.
GIVEN = graph("start>what", what=node("transform", value={"var": ""}))


def outputs(stack: Stack, workflow: str) -> list[Any]:
    """Wait until all executions of a workflow have ended; return their outputs, in order."""
    found = stack.rows("SELECT id FROM executions WHERE workflow_id = %s ORDER BY id", (workflow,))
    return [stack.finish(row.id).output for row in found]


def events_given(stack: Stack, workflow: str) -> list[int]:
    return [event["n"] for output in outputs(stack, workflow) for event in output["events"]]


def post(api: Api, workflow: str, n: int, **payload: Any) -> None:
    answer = api.fire({"for": workflow, "n": n, **payload})
    assert answer["held"][0]["outcome"] == "gathered"


def test_debounced_events_start_one_execution(threads: Stack, api: Api) -> None:
    workflow = save(api, GIVEN, debounce={"period": "3s"})

    for n in range(20):
        post(api, workflow, n)

    assert wait_until(lambda: bool(outputs(threads, workflow)), seconds=20)
    (output,) = outputs(threads, workflow)
    assert [event["n"] for event in output["events"]] == list(range(20))
    assert output["event"]["n"] == 19


def test_each_key_has_its_own_window(threads: Stack, api: Api) -> None:
    workflow = save(api, GIVEN, debounce={"period": "3s", "key": "{{ payload.k }}"})

    for n in range(10):
        post(api, workflow, n, k=n % 2)

    assert wait_until(lambda: len(outputs(threads, workflow)) == 2, seconds=20)
    given = [[event["n"] for event in output["events"]] for output in outputs(threads, workflow)]
    assert sorted(given) == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]


def test_debounce_is_cut_by_its_max_period(threads: Stack, api: Api) -> None:
    workflow = save(api, GIVEN, debounce={"period": "60s", "max_wait": "1s"})

    post(api, workflow, 0)

    assert wait_until(lambda: bool(outputs(threads, workflow)), seconds=20)
    assert events_given(threads, workflow) == [0]


def test_batches_fill_and_the_rest_follows_later(threads: Stack, api: Api) -> None:
    workflow = save(api, GIVEN, batch={"size": 4, "period": "5s"})

    for n in range(10):
        post(api, workflow, n)

    assert wait_until(lambda: len(events_given(threads, workflow)) == 10, seconds=20)
    given = [[event["n"] for event in output["events"]] for output in outputs(threads, workflow)]
    assert sorted(map(len, given)) == [2, 4, 4]
    assert sorted(n for each in given for n in each) == list(range(10))


def test_window_closes_once_after_worker_and_broker_loss(fresh: Stack) -> None:
    fresh.start_worker()
    with door(fresh) as api:
        workflow = save(api, GIVEN, debounce={"period": "2s"})
        for n in range(5):
            post(api, workflow, n)

        fresh.kill_workers()
        flush(fresh.redis_url)
        for n in range(5, 8):
            post(api, workflow, n)
        for _ in range(3):
            fresh.start_worker(concurrency=1)

        assert wait_until(lambda: len(events_given(fresh, workflow)) == 8, seconds=30)
    assert events_given(fresh, workflow) == list(range(8))
    assert fresh.rows("SELECT name FROM windows") == []

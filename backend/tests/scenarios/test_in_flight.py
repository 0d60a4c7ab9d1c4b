"""Many handlers run in one process, whatever the kind of its pool; none keeps others waiting."""

from __future__ import annotations

from collections.abc import Callable

from app.scripts.stack.processes import wait_until
from tests.faults.conftest import make_stack
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

__all__ = ["make_stack"]


def test_calls_of_one_execution_are_in_the_air_together(either: Stack, calls: Service) -> None:
    id = either.begin(fan(60, node("http_call", url=calls.url + "/hold/many", timeout=200)))

    calls.wait_for("/hold/many", 60)
    calls.released.set()

    assert either.finish(id).status == "COMPLETED"
    assert set(calls.keys("/hold/many").values()) == {1}


def test_calls_of_many_executions_are_in_the_air_together(either: Stack, calls: Service) -> None:
    document = graph("start>a>b", a=node("http_call", url=calls.url + "/hold/each", timeout=200), b=node("nap"))
    ids = either.begin_many(document, 60)

    calls.wait_for("/hold/each", 60)
    calls.released.set()

    either.finish_all(ids)


def test_plain_handlers_run_side_by_side(either: Stack, calls: Service) -> None:
    id = either.begin(fan(12, node("where", url=calls.url + "/hold/plain")))

    calls.wait_for("/hold/plain", 12)
    calls.released.set()

    assert either.finish(id).status == "COMPLETED"


def test_execution_with_many_paths_does_not_starve_others(make_stack: Callable[..., Stack]) -> None:
    busy = make_stack(HANDLERS_AT_ONCE="8")
    busy.start_worker(concurrency=1)
    big = busy.begin(fan(200, node("async_nap", seconds=0.2)))
    busy.wait_for_step(big, "b0", "COMPLETED")

    small = busy.begin(graph("start>a>b", a=node("async_nap"), b=node("async_nap")))

    assert busy.finish(small).status == "COMPLETED"
    assert busy.execution(big).status == "RUNNING"
    assert busy.finish(big, seconds=60).status == "COMPLETED"
    assert [step.claim for step in busy.steps(big) if step.node_id.startswith("b")] == [1] * 200


def test_full_worker_leaves_wake_ups_to_others(make_stack: Callable[..., Stack], calls: Service) -> None:
    shared = make_stack(HANDLERS_AT_ONCE="2", WAKE_UP_GRACE="600")
    shared.start_worker(concurrency=1)
    held = shared.begin_many(graph("start>a", a=node("http_call", url=calls.url + "/hold/full", timeout=200)), 2)
    other = shared.begin_many(graph("start>a", a=node("http_call", url=calls.url + "/hold/other", timeout=200)), 2)
    calls.wait_for("/hold/full", 1)

    shared.start_worker(concurrency=1)
    quick = shared.begin_many(graph("start>a>b", a=node("nap"), b=node("nap")), 20)

    calls.wait_for("/hold/full", 2)
    calls.wait_for("/hold/other", 2)
    calls.released.set()
    shared.finish_all([*held, *other, *quick])


def test_pool_process_that_is_replaced_ends_its_handlers(make_stack: Callable[..., Stack], calls: Service) -> None:
    replaced = make_stack()
    replaced.start_worker(concurrency=1, options=("--max-tasks-per-child", "1"))
    document = graph("start>a>b", a=node("async_nap", seconds=0.3), b=node("where", url=calls.url + "/b"))

    ids = [replaced.begin(document) for _ in range(8)]

    replaced.finish_all(ids)
    assert set(calls.keys("/b").values()) == {1}
    assert {step.claim for id in ids for step in replaced.steps(id)} == {0, 1}


def test_cancelled_executions_end_once_their_handlers_have(either: Stack, calls: Service) -> None:
    document = graph("start>a>b", a=node("http_call", url=calls.url + "/hold/cancelled", timeout=200), b=node("nap"))
    ids = either.begin_many(document, 40)
    calls.wait_for("/hold/cancelled", 40)

    for id in ids:
        either.cancel(id)
    calls.released.set()

    assert wait_until(lambda: all(either.step(id, "a").status == "COMPLETED" for id in ids), seconds=30)
    assert {either.execution(id).status for id in ids} == {"CANCELLED"}
    assert {either.step(id, "b").status for id in ids} == {"CANCELLED"}


def test_loop_that_a_handler_ends_costs_only_a_repetition(make_stack: Callable[..., Stack], calls: Service) -> None:
    fragile = make_stack(WORKER_HEARTBEAT_TIMEOUT="600")
    fragile.start_worker(concurrency=1)
    waiting = fragile.begin(graph("start>a>b", a=node("http_call", url=calls.url + "/each"), b=node("nap")))
    calls.wait_for("/each")

    ended = fragile.begin(graph("start>a>b", a=node("stops_loop"), b=node("nap")))

    assert fragile.finish(ended).status == "COMPLETED"
    calls.wait_for("/each", 2)
    calls.released.set()
    calls.later.set()
    assert fragile.finish(waiting).status == "COMPLETED"
    assert set(calls.keys("/each").values()) == {2}
    assert "event loop of handlers has ended" in fragile.log

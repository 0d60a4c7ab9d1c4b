"""Steps of a node type with its own queue run only on workers of that queue, however they become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import Child, wait_until
from app.settings import load_settings
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases, flush
from tests.service import Service

Make = Callable[..., Stack]


@pytest.fixture
def routed(make_stack: Make) -> Stack:
    """``where`` runs on the queue ``gpu``; the timekeeper repeats no lost wake-up during the test."""
    return make_stack(HANDLER_QUEUES="where=gpu", WAKE_UP_GRACE="60")


@pytest.fixture
def patched(make_stack: Make) -> Stack:
    """The same, with a timekeeper that soon repeats lost wake-ups."""
    return make_stack(HANDLER_QUEUES="where=gpu")


@pytest.fixture(scope="module")
def staffed(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """``where`` on the queue ``gpu``, with a worker for each queue."""
    folder = tmp_path_factory.mktemp("queues")
    with stack(servers, databases, folder, HANDLER_QUEUES="where=gpu", WAKE_UP_GRACE="60") as opened:
        start_both(opened, pool="threads")
        yield opened


def start_plain(stack: Stack, **options: Any) -> Child:
    return stack.start_worker(PLACE="plain", **options)


def start_gpu(stack: Stack, **options: Any) -> Child:
    return stack.start_worker(PLACE="gpu", queues="gpu", **options)


def start_both(stack: Stack, **options: Any) -> Child:
    """Start a worker for each queue together; return that of ``gpu``, which gets these options."""
    plain, gpu = start_plain(stack, ready=False), start_gpu(stack, ready=False, **options)
    stack.wait_ready(plain)
    stack.wait_ready(gpu)
    return gpu


def places(stack: Stack, id: str) -> dict[str, Any]:
    """The place at which each step with effects ran."""
    return {step.node_id: step.output for step in stack.steps(id) if step.type in ("where", "where_else")}


#             ┌─▶ c (gpu) ─▶ e ─┐
#   a ─▶ b ───┤                 ├─▶ f (gpu)
#       (gpu) └─▶ d ────────────┘
def test_step_runs_only_where_its_queue_is_consumed(staffed: Stack) -> None:
    mixed = graph(
        *("start>a>b>c>e>f", "b>d>f"),
        **{name: node("where_else") for name in "ade"},
        **{name: node("where") for name in "bcf"},
    )

    ids = staffed.begin_many(mixed, 20)

    staffed.finish_all(ids, seconds=40)
    for id in ids:
        expected = {**dict.fromkeys("ade", "plain"), **dict.fromkeys("bcf", "gpu")}
        assert places(staffed, id) == expected, staffed.story(id)


def test_worker_consumes_several_queues(routed: Stack) -> None:
    routed.start_worker(CELERY_WORKER_QUEUES="celery,gpu", PLACE="both")

    id = routed.begin(graph("start>a>b", a=node("where"), b=node("where_else")))

    assert routed.finish(id).status == "COMPLETED"
    assert places(routed, id) == {"a": "both", "b": "both"}


#   start ─┬─▶ a (gpu) ─▶ b
#          └─▶ c
def test_step_waits_for_a_worker_of_its_queue(patched: Stack) -> None:
    start_plain(patched)
    id = patched.begin(graph("start>a>b", "start>c", a=node("where"), b=node("where_else"), c=node("where_else")))
    patched.wait_for_step(id, "c", "COMPLETED")
    for visit in (1, None):
        patched.send("trigraph.walk", [[id, "a", visit]])
    patched.finish(patched.begin(graph("start>a", a=node("where_else"))))
    # Longer than the timekeeper takes to ask twice whether the wake-up was lost.
    looked = (
        "SELECT next_check_at > created_at + interval '3 seconds' AS again FROM steps"
        " WHERE node_id = 'a' AND type = 'where'"
    )
    assert wait_until(lambda: patched.rows(looked)[0].again, seconds=20)
    assert (patched.step(id, "a").status, patched.messages("gpu")) == ("READY", 1)

    start_gpu(patched)

    assert patched.finish(id).status == "COMPLETED"
    assert places(patched, id) == {"a": "gpu", "b": "plain", "c": "plain"}


def test_killed_worker_is_replaced_within_its_queue(patched: Stack, calls: Service) -> None:
    killed = start_both(patched, concurrency=1)
    id = patched.begin(graph("start>a>b", a=node("where", url=calls.url + "/hold"), b=node("where_else")))
    calls.wait_for("/hold")

    killed.kill()
    patched.wait_for_step(id, "a", "READY")
    patched.finish(patched.begin(graph("start>a", a=node("where_else"))))
    assert len(calls.at("/hold")) == 1
    calls.released.set()
    patched.start_worker(PLACE="another", queues="gpu")

    assert patched.finish(id).status == "COMPLETED"
    assert places(patched, id) == {"a": "another", "b": "plain"}
    assert list(calls.keys("/hold").values()) == [2]


def test_offloaded_wake_ups_go_to_their_queue(routed: Stack, calls: Service) -> None:
    start_both(routed, concurrency=1)
    id = routed.begin(fan(12, node("where", url=calls.url + "/hold")))
    calls.wait_for("/hold")

    routed.start_worker(PLACE="gpu", queues="gpu", pool="threads", concurrency=11)

    # One message may be waiting in the busy worker itself; the rest is nobody's yet.
    calls.wait_for("/hold", 8)
    calls.released.set()
    assert routed.finish(id).status == "COMPLETED"
    assert set(places(routed, id).values()) == {"gpu"}


def test_retries_compensations_and_commands_find_the_queue(staffed: Stack) -> None:
    again = node("where", succeeds_at=2, retry={"max_attempts": 2, "initial_interval": 0.2})
    fails = node("where", succeeds_at=2)
    tried = staffed.begin(graph("start>a>b", a=again, b=node("where_else")))
    failed = staffed.begin(graph("start>a", a=fails))
    undone = staffed.begin(
        graph("start>a>b", a=node("where_else", compensate="undo"), b=node("flaky"), undo=node("where"))
    )
    (paused,) = staffed.accept(graph("start>wait>a", wait=node("delay", ms=600_000), a=node("where")))
    staffed.wake(paused)
    staffed.wait_for_step(paused, "wait", "WAITING")

    staffed.pause(paused)
    staffed.execute("UPDATE steps SET due_at = now() WHERE execution_id = %s AND node_id = 'wait'", (paused,))
    staffed.resume(paused)
    assert staffed.finish(failed).status == "FAILED"
    staffed.retry(failed)

    for id in (tried, failed, paused):
        assert staffed.finish(id).status == "COMPLETED"
        assert places(staffed, id)["a"] == "gpu"
    assert staffed.finish(undone).status == "FAILED"
    assert places(staffed, undone) == {"a": "plain", "undo": "gpu"}


def test_step_ready_in_pause_goes_to_its_queue(routed: Stack) -> None:
    start_plain(routed)
    id = routed.begin(graph("start>a>b", a=node("where_else"), b=node("where")))
    routed.wait_for_step(id, "b", "READY")
    routed.pause(id)
    flush(routed.redis_url)
    start_gpu(routed)

    routed.resume(id)

    assert routed.finish(id).status == "COMPLETED"
    assert places(routed, id) == {"a": "plain", "b": "gpu"}


def test_steps_after_an_approval_go_to_their_queue(staffed: Stack) -> None:
    id = staffed.begin(graph("start>ask>a", ask=node("human_approval"), a=node("where")))

    staffed.decide(staffed.asks(id).id)

    assert staffed.finish(id).status == "COMPLETED"
    assert places(staffed, id) == {"a": "gpu"}


def test_timekeeper_of_one_queue_serves_all(patched: Stack) -> None:
    start_plain(patched)
    id = patched.begin(graph("start>a>b", a=node("where"), b=node("where_else")))
    patched.wait_for_step(id, "a", "READY")
    patched.kill_workers()
    flush(patched.redis_url)
    (pending,) = patched.accept(graph("start>a", a=node("where_else")))

    start_gpu(patched)

    patched.wait_for_step(id, "b", "READY")
    assert wait_until(lambda: patched.messages() >= 1, seconds=20)
    assert patched.execution(pending).status == "PENDING"
    start_plain(patched)
    patched.finish_all([id, pending])
    assert places(patched, id) == {"a": "gpu", "b": "plain"}


def test_unknown_node_type_is_logged(make_stack: Make) -> None:
    mistyped = make_stack(HANDLER_QUEUES="lm=gpu")

    worker = mistyped.start_worker()

    assert wait_until(lambda: worker.has_logged("HANDLER_QUEUES names the node type lm"), seconds=20)
    assert mistyped.finish(mistyped.begin(graph("start>a", a=node("where_else")))).status == "COMPLETED"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("llm", "'llm' is not a node type and the name of a queue"),
        ("llm=gpu;http_call=io", "'llm=gpu;http_call=io' is not"),
        ("=gpu", "'=gpu' is not"),
        ("llm=two words", "'llm=two words' is not"),
        ("llm=gpu,llm=io", "the node type llm has two queues, gpu and io"),
    ],
)
def test_bad_value_stops_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("HANDLER_QUEUES", value)

    with pytest.raises(SystemExit) as stopped:
        load_settings()

    assert str(stopped.value).startswith(f"Trigraph cannot start: HANDLER_QUEUES={value!r}: ")
    assert words in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_spaces_and_an_empty_end_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLER_QUEUES", " llm = gpu , http_call=io,")

    assert load_settings().queues == {"llm": "gpu", "http_call": "io"}

"""Cancel, pause, resume and retry of running executions."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Conflict, NotFound
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service


def test_cancelled_delay_never_resumes(either: Stack, calls: Service) -> None:
    def waiting(ms: int) -> dict[str, Any]:
        return graph("start>wait>call", wait=node("delay", ms=ms), call=node("http_call", url=calls.url))

    id = either.begin(waiting(600_000))
    either.wait_for_step(id, "wait", "WAITING")

    either.cancel(id)
    either.end_delay(id, "wait")

    assert either.execution(id).status == "CANCELLED"
    later = either.begin(waiting(500))
    assert either.finish(later).status == "COMPLETED"
    assert len(calls.calls) == 1
    assert either.step(id, "wait").status == "CANCELLED"


def test_running_handler_finishes_after_cancellation(either: Stack, calls: Service) -> None:
    id = either.begin(graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("nap")))
    calls.wait_for("/hold")

    either.cancel(id)
    calls.released.set()

    either.wait_for_step(id, "a", "COMPLETED")
    assert either.execution(id).status == "CANCELLED"
    assert either.step(id, "b").status == "CANCELLED"


def test_pending_execution_can_be_cancelled(threads: Stack) -> None:
    (id,) = threads.accept(graph("start>a"), check_in=3600)

    threads.cancel(id)
    threads.wake(id)

    assert threads.finish(threads.begin(graph("start>a"))).status == "COMPLETED"
    assert threads.execution(id).status == "CANCELLED"
    assert threads.steps(id) == []


def test_paused_execution_starts_no_step_until_resumed(threads: Stack, calls: Service) -> None:
    id = threads.begin(graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("nap")))
    calls.wait_for("/hold")

    threads.pause(id)
    calls.released.set()

    threads.wait_for_step(id, "b", "READY")
    assert threads.execution(id).status == "PAUSED"
    threads.resume(id)
    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "a", "b"]


def test_delay_ended_in_pause_completes_on_resume(threads: Stack) -> None:
    id = threads.begin(graph("start>wait>b", wait=node("delay", ms=600_000)))
    threads.wait_for_step(id, "wait", "WAITING")

    threads.pause(id)
    threads.end_delay(id, "wait")

    assert threads.finish(threads.begin(graph("start>wait>b", wait=node("delay", ms=500)))).status == "COMPLETED"
    assert threads.step(id, "wait").status == "WAITING"
    threads.resume(id)
    assert threads.finish(id).status == "COMPLETED"


def test_execution_paused_before_start_begins_on_resume(threads: Stack) -> None:
    (id,) = threads.accept(graph("start>a"), check_in=60)
    threads.pause(id)
    threads.execute("UPDATE executions SET next_check_at = now() WHERE id = %s", (id,))
    threads.wake(id)
    assert threads.finish(threads.begin(graph("start>a"))).status == "COMPLETED"
    assert threads.execution(id).status == "PAUSED"

    threads.resume(id)

    assert threads.finish(id).status == "COMPLETED"


def test_retry_keeps_completed_steps(either: Stack, calls: Service) -> None:
    failing = graph(
        "start>a>b>c",
        a=node("http_call", url=calls.url + "/a"),
        b=node("http_call", url=calls.url + "/fail?times=1", fail_on_status=True),
        c=node("transform", value={"var": "$steps.a.status_code"}),
    )
    id = either.begin(failing)
    assert either.finish(id).status == "FAILED"

    either.retry(id)

    execution = either.finish(id)
    assert (execution.status, execution.output, execution.error) == ("COMPLETED", 200, None)
    assert len(calls.at("/a")) == 1
    assert [(step.attempt, step.status) for step in either.steps(id) if step.node_id == "b"] == [
        (1, "FAILED"),
        (2, "COMPLETED"),
    ]


#           ┌─▶ slow ──────────┐
#   start ──┤                  ├─▶ both
#           └─▶ fails ─────────┘
def test_retry_of_a_fork_joins_what_completed_before(threads: Stack, calls: Service) -> None:
    fork = graph(
        "start>slow>both",
        "start>fails>both",
        slow=node("http_call", url=calls.url + "/hold"),
        fails=node("http_call", url=calls.url + "/fail?times=1", fail_on_status=True),
    )
    id = threads.begin(fork)
    assert threads.finish(id).status == "FAILED"

    threads.retry(id)
    threads.wait_for_step(id, "fails", "COMPLETED")
    calls.released.set()

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id).count("both") == 1
    assert len(calls.at("/hold")) == 1


def test_cancelled_execution_can_be_retried(threads: Stack) -> None:
    id = threads.begin(graph("start>wait>b", wait=node("delay", ms=600_000)))
    threads.wait_for_step(id, "wait", "WAITING")
    threads.cancel(id)

    threads.retry(id)
    threads.wait_for_step(id, "wait", "WAITING")
    threads.end_delay(id, "wait")

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "wait", "b"]


#   start ─▶ last (runs while it is cancelled)
def test_retry_uses_a_result_recorded_after_cancellation(threads: Stack, calls: Service) -> None:
    id = threads.begin(graph("start>last", last=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")
    threads.cancel(id)
    calls.released.set()
    threads.wait_for_step(id, "last", "COMPLETED")

    threads.retry(id)

    execution = threads.execution(id)
    assert (execution.status, execution.output["status_code"]) == ("COMPLETED", 200)
    assert len(calls.calls) == 1


#   start ─▶ runs (while it is cancelled and retried) ─▶ after
def test_retry_leaves_a_running_step_alone(either: Stack, calls: Service) -> None:
    id = either.begin(graph("start>runs>after", runs=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")
    either.cancel(id)

    either.retry(id)

    assert either.execution(id).status == "RUNNING"
    calls.released.set()
    assert either.finish(id).status == "COMPLETED"
    assert either.ran(id) == ["start", "runs", "after"]
    assert len(calls.calls) == 1


def test_commands_that_make_no_sense_are_refused(prefork: Stack, calls: Service) -> None:
    done = prefork.begin(graph("start>a"))
    prefork.finish(done)

    for command in (prefork.cancel, prefork.pause, prefork.resume, prefork.retry):
        with pytest.raises(Conflict):
            command(done)
        with pytest.raises(NotFound):
            command("00000000-0000-7000-8000-000000000000")

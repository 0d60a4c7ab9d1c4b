"""Failing steps: retries, timeouts, error edges and compensation."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.scenarios.graphs import Node, graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

QUICKLY = {"initial_interval": 0.2, "multiplier": 2}


def test_each_attempt_is_a_row_and_delays_grow(either: Stack) -> None:
    flaky = graph("start>a>b", a=node("flaky", succeeds_at=3, retry={"max_attempts": 3, **QUICKLY}))

    id = either.begin(flaky)

    assert either.finish(id).status == "COMPLETED"
    tries = [step for step in either.steps(id) if step.node_id == "a"]
    assert [(step.attempt, step.status) for step in tries] == [(1, "FAILED"), (2, "FAILED"), (3, "COMPLETED")]
    assert tries[0].error == {"type": "Flaky", "message": "Attempt 1 fails."}
    waits = [(after.due_at - before.finished_at).total_seconds() for before, after in pairwise(tries)]
    assert 0.19 <= waits[0] < 2
    assert 0.39 <= waits[1] < 4
    assert all(after.started_at >= after.due_at for after in tries[1:])


def test_execution_fails_after_the_last_attempt(threads: Stack) -> None:
    flaky = graph("start>a>b", a=node("flaky", retry={"max_attempts": 2, **QUICKLY}))

    id = threads.begin(flaky)

    execution = threads.finish(id)
    assert execution.status == "FAILED"
    assert execution.error == {"type": "Flaky", "message": "Attempt 2 fails.", "node_id": "a"}
    assert threads.ran(id) == ["start"]


def test_idempotency_key_is_the_same_for_all_attempts(either: Stack, calls: Service) -> None:
    url = calls.url + "/fail?times=2"
    call = node("http_call", url=url, fail_on_status=True, retry={"max_attempts": 3, **QUICKLY})

    id = either.begin(graph("start>a>b", a=call, b=node("http_call", url=calls.url + "/b")))

    assert either.finish(id).status == "COMPLETED"
    assert list(calls.keys("/fail").values()) == [3]
    assert calls.keys("/fail").keys() != calls.keys("/b").keys()


def test_idempotency_key_of_the_author_is_used(threads: Stack, calls: Service) -> None:
    call = node("http_call", url=calls.url, headers={"idempotency-key": "order {{ payload.order }}"})

    id = threads.begin(graph("start>a", a=call), {"order": 7})

    assert threads.finish(id).status == "COMPLETED"
    sent = [(name, value) for call in calls.calls for name, value in call.headers.items()]
    assert [value for name, value in sent if name.lower() == "idempotency-key"] == ["order 7"]


@pytest.mark.parametrize("type", ["nap", "spin"])
def test_endless_handler_times_out(either: Stack, type: str) -> None:
    endless = graph("start>a", a=node(type, seconds=3600, timeout="300ms" if type == "nap" else 0.3))
    began = time.monotonic()

    ids = [either.begin(endless) for _ in range(3)]

    for id in ids:
        execution = either.finish(id)
        assert execution.error == {"type": "Timeout", "message": "Node a took longer than 0.3 s.", "node_id": "a"}
        assert either.steps(id)[-1].claim == 1
    assert time.monotonic() - began < 10
    assert either.finish(either.begin(graph("start>a", a=node("nap")))).status == "COMPLETED"


def test_timed_out_step_is_retried(either: Stack) -> None:
    endless = graph("start>a", a=node("nap", seconds=3600, timeout=0.2, retry={"max_attempts": 2, **QUICKLY}))

    id = either.begin(endless)

    assert either.finish(id).error["type"] == "Timeout"
    assert [step.attempt for step in either.steps(id) if step.node_id == "a"] == [1, 2]


def test_on_error_continue_passes_the_error_on(threads: Stack) -> None:
    forgiving = graph(
        "start>a>b", a=node("flaky", on_error="continue"), b=node("transform", value={"var": "$steps.a.error.type"})
    )

    id = threads.begin(forgiving)

    execution = threads.finish(id)
    assert (execution.status, execution.output) == ("COMPLETED", "Flaky")
    assert threads.step(id, "a").status == "FAILED"
    assert threads.step(id, "a").output == {"error": {"type": "Flaky", "message": "Attempt 1 fails."}}


#   start ─▶ a ─┬─────────▶ b
#               └─ error ─▶ c
def test_failure_follows_the_error_handle(threads: Stack) -> None:
    caught = graph("start>a>b", "a:error>c", a=node("flaky"))

    id = threads.begin(caught)

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "c"]
    assert threads.ran(id, "SKIPPED") == ["b"]


def test_error_handle_is_skipped_when_nothing_fails(threads: Stack) -> None:
    id = threads.begin(graph("start>a>b", "a:error>c", a=node("nap")))

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id, "SKIPPED") == ["c"]


#   start ─▶ book ─▶ pay ─▶ fail          undo: refund, unbook
def undoable(calls: Service, last: str = "flaky", **data: object) -> dict[str, object]:
    return graph(
        "start>book>pay>last",
        book=node("nap", compensate="unbook"),
        pay=node("nap", seconds=0.01, compensate="refund"),
        last=node(last, **data),
        unbook=node("report", url=calls.url + "/undo"),
        refund=node("report", url=calls.url + "/undo"),
    )


def test_compensation_runs_in_reverse_order(either: Stack, calls: Service) -> None:
    id = either.begin(undoable(calls))

    assert either.finish(id).status == "FAILED"
    assert [call.json["node"] for call in calls.at("/undo")] == ["refund", "unbook"]
    assert [call.json["input"] for call in calls.at("/undo")] == [
        {"slept": 0.01, "visit": 1},
        {"slept": 0, "visit": 1},
    ]
    undone = [(step.node_id, step.compensates, step.status) for step in either.steps(id) if step.compensates]
    assert undone == [("refund", "pay:1", "COMPLETED"), ("unbook", "book:1", "COMPLETED")]


def test_failed_compensation_does_not_stop_others(threads: Stack, calls: Service) -> None:
    broken = undoable(calls)
    broken["nodes"] = [  # type: ignore[index]
        {**each, "type": "flaky", "data": {}} if each["id"] == "refund" else each
        for each in broken["nodes"]  # type: ignore[attr-defined]
    ]

    id = threads.begin(broken)

    assert threads.finish(id).error["node_id"] == "last"
    assert threads.step(id, "refund").status == "FAILED"
    assert [call.json["node"] for call in calls.at("/undo")] == ["unbook"]


def test_cancelling_compensates_completed_steps(threads: Stack, calls: Service) -> None:
    id = threads.begin(undoable(calls, "delay", ms=3_600_000))
    threads.wait_for_step(id, "last", "WAITING")

    threads.cancel(id)

    assert threads.finish(id).status == "CANCELLED"
    assert threads.step(id, "last").status == "CANCELLED"
    assert [call.json["node"] for call in calls.at("/undo")] == ["refund", "unbook"]


#           ┌─────────────────────┐
#   start ──┴▶ book ─▶ enough ────┴─▶ last ✗          undo: unbook, for each visit of book
def test_each_visit_is_compensated_with_its_output(threads: Stack, calls: Service) -> None:
    cases = [{"label": "again", "condition": {"<": [{"var": "$steps.book.visit"}, 3]}}, {"else": True}]
    loop = graph(
        "start>book>enough:again>book",
        "enough:else>last",
        book=node("nap", compensate="unbook"),
        enough=node("branch", cases=cases),
        last=node("flaky"),
        unbook=node("report", url=calls.url + "/undo/{{ book.output.visit }}"),
    )

    id = threads.begin(loop)

    assert threads.finish(id).status == "FAILED"
    assert [call.path for call in calls.calls] == ["/undo/3", "/undo/2", "/undo/1"]
    assert [call.json["input"]["visit"] for call in calls.calls] == [3, 2, 1]


def test_hundreds_of_compensations_are_run_in_order(prefork: Stack) -> None:
    names = [f"n{number}" for number in range(250)]
    nodes = {name: node("transform", value=name, compensate="undo") for name in names}
    undo = node("transform", value={"var": "$steps.n7"})

    id = prefork.begin(graph(">".join(["start", *names, "last"]), last=node("fail"), undo=undo, **nodes))

    assert prefork.finish(id, seconds=60).status == "FAILED"
    undone = [step.compensates for step in prefork.steps(id) if step.compensates]
    assert undone == [f"{name}:1" for name in reversed(names)]
    assert prefork.step(id, "undo").output == "n7"


#   start ─▶ book ─▶ last          undo: refund, which waits or starts another workflow
@pytest.mark.parametrize(
    "refund",
    [
        node("delay", ms=50),
        node("sub_workflow", graph=graph("start>paid back")),
        node("for_each", items=[1, 2], graph=graph("start>paid back")),
    ],
    ids=lambda each: str(each["type"]),
)
@pytest.mark.parametrize("cancelled", [True, False])
def test_compensation_can_wait(threads: Stack, refund: Node, cancelled: bool) -> None:
    last = node("delay", ms=3_600_000) if cancelled else node("flaky")
    id = threads.begin(graph("start>book>last", book=node("nap", compensate="refund"), last=last, refund=refund))
    if cancelled:
        threads.wait_for_step(id, "last", "WAITING")
        threads.cancel(id)

    assert threads.finish(id).status == ("CANCELLED" if cancelled else "FAILED")
    assert threads.step(id, "refund").status == "COMPLETED"


#           ┌─▶ slow ─▶ after
#   start ──┤
#           └─▶ quick (fails)
def test_failure_lets_other_paths_finish_their_step(either: Stack, calls: Service) -> None:
    failing = graph(
        "start>slow>after", "start>quick", slow=node("http_call", url=calls.url + "/hold"), quick=node("flaky")
    )

    id = either.begin(failing)

    either.wait_for_step(id, "quick", "FAILED")
    calls.released.set()
    either.wait_for_step(id, "slow", "COMPLETED")
    assert either.finish(id).status == "FAILED"
    assert either.step(id, "after").status == "CANCELLED"


def test_unknown_node_type_fails_its_step(threads: Stack) -> None:
    id = threads.begin(graph("start>a", a=node("no_such_type")))

    assert threads.finish(id).error == {
        "type": "UnknownNodeType",
        "message": "No worker has had a handler for the node type no_such_type for 1 s;"
        " start one that has, then retry the execution.",
        "node_id": "a",
    }

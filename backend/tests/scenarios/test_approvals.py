"""Approvals: approved, rejected, expired, also after restarts of the workers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.engine.commands import approvals
from app.engine.commands.approvals import Decision
from app.errors import Conflict, Forbidden, InvalidInput, NotFound, TrigraphError
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.long import SOAK
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases, flush
from tests.service import Service


def asking(*paths: str, **data: Any) -> dict[str, Any]:
    """A graph with an approval called ``ask``."""
    return graph(*paths, ask=node("human_approval", **data))


def test_approved_execution_continues_with_the_approver(either: Stack) -> None:
    id = either.begin(asking("start>ask>after", title="Pay {{ payload.n }}", context="{{ payload }}"), {"n": 7})
    approval = either.asks(id)
    assert (approval.title, approval.context, approval.status) == ("Pay 7", {"n": 7}, "PENDING")
    assert either.step(id, "ask").status == "WAITING"
    assert either.step(id, "ask").output == {"approval_id": approval.id, "approved": None}

    either.decide(approval.id, by="ann", comment="fine")

    assert either.finish(id).status == "COMPLETED"
    assert either.ran(id) == ["start", "ask", "after"]
    output, approval = either.step(id, "ask").output, either.asks(id)
    assert (output["approved"], output["approved_by"], output["comment"]) == (True, "ann", "fine")
    assert (approval.status, approval.decisions) == ("APPROVED", output["decisions"])
    assert approval.responded_at is not None


#            ┌─approved─▶ yes
#   ask ─────┼─rejected─▶ no
#            └──────────▶ plain
@pytest.mark.parametrize(("approved", "ran"), [(True, {"yes", "plain"}), (False, {"no"})])
def test_each_decision_takes_its_own_edges(threads: Stack, approved: bool, ran: set[str]) -> None:
    id = threads.begin(asking("start>ask:approved>yes", "ask:rejected>no", "ask>plain"))

    threads.decide(threads.asks(id).id, approved)

    assert threads.finish(id).status == "COMPLETED"
    assert set(threads.ran(id)) == {"start", "ask", *ran}


def test_rejection_without_an_edge_of_its_own_fails_the_step(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after", retry={"max_attempts": 3}))

    threads.decide(threads.asks(id).id, False, "bob", "too dear")

    failed = threads.finish(id)
    message = "Node ask was rejected by bob: too dear."
    assert (failed.status, failed.error) == ("FAILED", {"type": "Rejected", "message": message, "node_id": "ask"})
    assert threads.asks(id).status == "REJECTED"
    assert len(threads.steps(id)) == 2


def test_rejection_can_be_caught_like_any_failure(threads: Stack) -> None:
    id = threads.begin(asking("start>ask:error>caught", "ask>after"))

    threads.decide(threads.asks(id).id, False)

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "caught"]


def test_expired_approval_takes_the_timeout_handle(threads: Stack) -> None:
    id = threads.begin(asking("start>ask:timeout>late", "ask>after", max_wait_time="300ms"))

    assert threads.finish(id).status == "COMPLETED"

    assert threads.ran(id) == ["start", "ask", "late"]
    approval = threads.asks(id)
    assert (approval.status, approval.responded_at) == ("TIMEOUT", None)
    assert approval.expires_at == threads.step(id, "ask").due_at
    with pytest.raises(Conflict, match="is already TIMEOUT"):
        threads.decide(approval.id)


def test_timeout_without_an_edge_fails_the_step(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after", max_wait_time=0.2))

    failed = threads.finish(id)

    assert (failed.status, failed.error["type"]) == ("FAILED", "Timeout")
    assert threads.asks(id).status == "TIMEOUT"


def test_resume_message_does_not_decide_an_approval(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after"))
    threads.asks(id)

    threads.send("trigraph.execute_node", id, "__RESUME_AFTER__", "ask")

    assert threads.finish(threads.begin(graph("start>a"))).status == "COMPLETED"
    assert threads.step(id, "ask").status == "WAITING"


def test_approval_needs_that_many_different_people(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after", needed=2, approvers=["ann", " bob ", "ann", "cem"]))
    approval = threads.asks(id)
    assert (approval.approvers, approval.needed) == (["ann", "bob", "cem"], 2)

    threads.decide(approval.id, by="ann")
    threads.decide(approval.id, by="ann")
    for stranger in ("eve", None):
        with pytest.raises(Forbidden):
            threads.decide(approval.id, by=stranger)
    with pytest.raises(Conflict, match="ann has already decided"):
        threads.decide(approval.id, False, "ann")

    assert threads.asks(id).status == "PENDING"
    assert threads.step(id, "ask").status == "WAITING"
    threads.decide(approval.id, by="bob")
    assert threads.finish(id).status == "COMPLETED"
    assert [said["approved_by"] for said in threads.asks(id).decisions] == ["ann", "bob"]


def test_approval_of_several_people_needs_names(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after", needed="2"))

    with pytest.raises(InvalidInput, match="needs 2 approvers"):
        threads.decide(threads.asks(id).id)

    assert threads.asks(id).decisions == []


def test_one_rejection_is_enough(threads: Stack) -> None:
    id = threads.begin(asking("start>ask:rejected>no", needed=2))

    threads.decide(threads.asks(id).id, True, "ann")
    threads.decide(threads.asks(id).id, False, "bob")

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "ask", "no"]


def test_concurrent_decisions_decide_once(threads: Stack) -> None:
    for _ in range(10):
        id = threads.begin(asking("start>ask:approved>yes", "ask:rejected>no"))

        refused = at_once(threads, threads.asks(id).id, [Decision(n % 2 == 0, f"p{n}") for n in range(8)])

        assert threads.finish(id).status == "COMPLETED"
        assert refused == [Conflict] * 4
        (decision,) = threads.asks(id).decisions
        assert threads.ran(id)[2:] == ["yes" if decision["approved"] else "no"]


def at_once(on: Stack, approval: str, decisions: list[Decision]) -> list[type[Exception]]:
    """Make all decisions at the same moment; return the errors of those that were refused."""
    gate, refused = threading.Barrier(len(decisions)), list[type[Exception]]()

    def decide(decision: Decision) -> None:
        gate.wait()
        try:
            on.publish(approvals.decide(on.context(engine), approval, decision))
        except TrigraphError as error:
            refused.append(type(error))

    with on.engine() as engine, ThreadPoolExecutor(len(decisions)) as people:
        list(people.map(decide, decisions))
    return refused


def test_approvals_of_cancelled_executions_cannot_be_decided(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after"))
    approval = threads.asks(id).id

    threads.cancel(id)

    assert threads.asks(id).status == "CANCELLED"
    with pytest.raises(Conflict, match="is already CANCELLED"):
        threads.decide(approval)


#   book ─▶ pay ─▶ late ✗          undo: ask (for pay), unbook (for book)
@pytest.mark.parametrize("approved", [True, False])
def test_compensation_may_wait_for_an_approval(threads: Stack, approved: bool) -> None:
    pay = node("transform", value=1, compensate="ask")
    book = node("transform", value=1, compensate="unbook")
    unbook = node("transform", value=1)
    undone = {"book": book, "pay": pay, "ask": node("human_approval"), "unbook": unbook}
    id = threads.begin(graph("start>book>pay>late", late=node("fail"), **undone))
    approval = threads.asks(id)
    assert (threads.execution(id).status, approval.status) == ("RUNNING", "PENDING")

    threads.decide(approval.id, approved)

    assert threads.finish(id).error["node_id"] == "late"
    assert threads.step(id, "ask").status == ("COMPLETED" if approved else "FAILED")
    assert threads.step(id, "unbook").status == "COMPLETED"


#   book ─▶ pay ─▶ late ✗          undo: ask (for pay), unbook (for book)
def test_waiting_compensation_can_be_cancelled(threads: Stack) -> None:
    pay = node("transform", value=1, compensate="ask")
    book = node("transform", value=1, compensate="unbook")
    undone = {"book": book, "pay": pay, "ask": node("human_approval"), "unbook": node("transform", value=1)}
    id = threads.begin(graph("start>book>pay>late", late=node("fail"), **undone))
    approval = threads.asks(id)

    threads.cancel(id)

    assert threads.finish(id).error["node_id"] == "late"
    assert threads.execution(id).status == "FAILED"
    assert threads.step(id, "ask").status == "CANCELLED"
    assert threads.step(id, "unbook").status == "COMPLETED"
    with pytest.raises(Conflict):
        threads.decide(approval.id)


#           ┌─▶ ask
#   start ──┤
#           └─▶ hold ─▶ fails
def test_failure_of_another_path_cancels_the_approval(threads: Stack, calls: Service) -> None:
    hold = node("http_call", url=calls.url + "/hold")
    id = threads.begin(
        graph("start>ask", "start>hold>fails", ask=node("human_approval"), hold=hold, fails=node("flaky"))
    )
    assert threads.asks(id).status == "PENDING"

    calls.released.set()

    assert threads.finish(id).status == "FAILED"

    assert threads.asks(id).status == "CANCELLED"


def test_retry_asks_again(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after"))
    first = threads.asks(id).id
    threads.decide(first, False)
    threads.finish(id)

    threads.retry(id)

    again = threads.asks(id, count=2)
    with pytest.raises(Conflict):
        threads.decide(first)
    assert again.status == "PENDING"
    threads.decide(again.id)
    assert threads.finish(id).status == "COMPLETED"


def test_decision_during_pause_applies_on_resume(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after"))
    approval = threads.asks(id).id
    threads.pause(id)

    threads.decide(approval, by="ann")

    assert threads.asks(id).status == "APPROVED"
    assert (threads.execution(id).status, threads.step(id, "after").status) == ("PAUSED", "READY")
    threads.resume(id)
    assert threads.finish(id).status == "COMPLETED"


def test_each_loop_visit_creates_an_approval(threads: Stack) -> None:
    id = threads.begin(asking("start>write>ask:approved>done", "ask:rejected>write"))

    threads.decide(threads.asks(id).id, False)
    threads.decide(threads.asks(id, count=2).id, True)

    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "write", "ask", "write", "ask", "done"]


def test_wrong_data_fails_the_step_with_the_reason(threads: Stack) -> None:
    wrong = [
        ({"needed": 0}, "needed is 0;"),
        ({"needed": 3, "approvers": ["ann"]}, "needed is 3, but approvers has 1"),
        ({"approvers": [1]}, "1 is not a name; it must be a list of names"),
        ({"approvers": "{{ payload.people }}"}, "{} is not a name"),
        ({"max_wait_time": "soon"}, "not a duration"),
        ({"max_wait_time": 0}, "must be greater than 0"),
    ]

    for data, words in wrong:
        failed = threads.finish(threads.begin(asking("start>ask>after", **data), {"people": {}}))
        assert failed.error["type"] == "InvalidData", data
        assert words in failed.error["message"]


def test_secrets_stay_out_of_approvals(threads: Stack) -> None:
    id = threads.begin(asking("start>ask>after", title="With {{ secret.DIGITS }}", context=["{{ secret.TOKEN }}"]))

    approval = threads.asks(id)

    assert (approval.title, approval.context) == ("With ***", ["***"])


def test_unknown_approval_cannot_be_decided(threads: Stack) -> None:
    for id in ("00000000-0000-7000-8000-000000000000", "ask", "", "\x00"):
        with pytest.raises(NotFound):
            threads.decide(id)


def test_deadline_passed_during_downtime_applies(servers: Servers, databases: Databases, tmp_path: Path) -> None:
    with stack(servers, databases, tmp_path) as on:
        on.start_worker(concurrency=1)
        id = on.begin(asking("start>ask:timeout>late", "ask>after", max_wait_time="30d"))
        approval = on.asks(id).id
        on.kill_workers()
        with on.redis() as client:
            client.flushdb()
        on.execute("UPDATE steps SET due_at = now(), next_check_at = now() WHERE node_id = 'ask'")

        with pytest.raises(Conflict, match="has expired"):
            on.decide(approval)
        on.start_worker(concurrency=1)

        assert on.finish(id).status == "COMPLETED"
        assert on.ran(id) == ["start", "ask", "late"]
        assert on.asks(id).status == "TIMEOUT"


def test_thousands_of_waiting_approvals_survive_restarts(
    servers: Servers, databases: Databases, tmp_path: Path
) -> None:
    many = 10_000 if SOAK else 2_000
    with stack(servers, databases, tmp_path) as on:
        on.start_worker()
        ids = on.begin_many(asking("start>ask>after", max_wait_time="30d"), many)
        waiting = (
            "SELECT count(*) AS n FROM approvals JOIN steps s USING (execution_id, node_id, visit, attempt)"
            " WHERE approvals.status = 'PENDING' AND s.status = 'WAITING' AND"
            " s.next_check_at > now() + interval '1 day'"
        )
        begun = "SELECT NOT EXISTS (SELECT FROM executions WHERE status = 'PENDING') AS all_of_them"
        assert wait_until(lambda: on.rows(begun)[0].all_of_them, seconds=120)
        assert on.rows(waiting)[0].n == many

        on.kill_workers()
        assert on.messages() == 0
        flush(on.redis_url)
        on.start_worker()
        on.finish(on.begin(graph("start>a")))

        assert on.messages() == 0
        decided = ids[:: many // 20]
        for number, id in enumerate(decided):
            on.decide(on.asks(id).id, by=f"manager{number}")
        on.finish_all(decided)
        assert on.rows(waiting)[0].n == many - 20
        assert {on.step(id, "ask").output["approved_by"] for id in decided} == {f"manager{n}" for n in range(20)}

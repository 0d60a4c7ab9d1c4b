"""Decisions that come together: each gets what it would have got alone, in as few round trips as one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from app.access.caller import Caller, CallerKind
from app.engine.commands.approvals import Decided, Decision, record_decision
from app.engine.commands.decide_together import Decide, Outcome, decide_together
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.errors import Conflict, Forbidden, NotFound
from app.storage.access.audit import Deed
from app.storage.ids import NOBODY, new_id
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context

CALLER = Caller("ci", CallerKind.KEY, frozenset(), key_id=new_id(), address="127.0.0.1")


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    return worker_context(engine, Publisher(lambda wake_ups: None))


def ask(quiet: Stack, worker: WorkerContext, *, follows: str = "nap", **data: Any) -> str:
    """The approval of an execution that waits for it, and goes on with a node of this type."""
    (id,) = quiet.accept(graph("start>ask>a", ask=node("human_approval", **data), a=node(follows)))
    worker.walk([WakeUp(id)])
    return str(quiet.rows("SELECT id::text FROM approvals ORDER BY created_at DESC LIMIT 1")[0].id)


def decide(worker: WorkerContext, *wanted: tuple[str, Decision]) -> list[Outcome]:
    return list(decide_together(worker, [Decide(id, decision, None, 0) for id, decision in wanted]))


def rows_of(quiet: Stack, approval: str) -> Any:
    """What is stored of an approval, its execution and its steps, without ids and times."""
    (row,) = quiet.rows(
        "SELECT a.status, a.decisions, a.responded_at IS NOT NULL AS responded, e.status AS of, e.open_steps, e.output,"
        " (SELECT json_agg(json_build_array(s.node_id, s.status, s.branch, s.next_check_at IS NOT NULL, s.is_last)"
        "  ORDER BY s.node_id) FROM steps s WHERE s.execution_id = e.id) AS steps"
        " FROM approvals a JOIN executions e ON e.id = a.execution_id WHERE a.id = %s",
        (approval,),
    )
    row.decisions = [{**each, "at": None} for each in row.decisions]
    row.output = {**row.output, "approval_id": None} if isinstance(row.output, dict) else row.output
    return row


@pytest.mark.parametrize(
    ("data", "decision"),
    [
        ({}, Decision(True, "ann", "fine")),
        ({}, Decision(False, "ann")),
        ({"approvers": ["ann", "bob"], "needed": 2}, Decision(True, "ann")),
        ({"follows": "transform"}, Decision(True)),
    ],
)
def test_group_stores_what_a_decision_alone_stores(
    quiet: Stack, worker: WorkerContext, data: dict[str, Any], decision: Decision
) -> None:
    alone, *grouped = [ask(quiet, worker, **data) for _ in range(3)]
    expected = record_decision(worker, alone, decision)

    outcomes = decide(worker, *((each, decision) for each in grouped))

    assert [rows_of(quiet, each) for each in grouped] == [rows_of(quiet, alone)] * 2
    for id, outcome in zip(grouped, outcomes, strict=True):
        assert isinstance(outcome, Decided)
        assert outcome.approval is not None
        assert outcome.approval.id == id
        assert (outcome.aftermath.tells, [each.node_id for each in outcome.aftermath.wake_ups]) == (
            expected.aftermath.tells,
            [each.node_id for each in expected.aftermath.wake_ups],
        )


def test_many_decisions_take_four_round_trips(quiet: Stack, worker: WorkerContext, sent: list[Any]) -> None:
    waiting = [ask(quiet, worker) for _ in range(5)]
    sent.clear()

    outcomes = decide(worker, *((each, Decision(True)) for each in waiting))

    assert all(isinstance(each, Decided) for each in outcomes)
    # Each execution has a definition of its own here, which its first transition reads.
    assert len([each for each in sent if b"workflow_versions" not in str(each).encode()]) == 4, sent


def test_decision_that_is_refused_spoils_no_other(quiet: Stack, worker: WorkerContext) -> None:
    named, decided, good = ask(quiet, worker, approvers=["ann"]), ask(quiet, worker), ask(quiet, worker)
    record_decision(worker, decided, Decision(True))

    outcomes = decide(
        worker,
        (NOBODY, Decision(True)),
        ("no id", Decision(True)),
        (named, Decision(True, "bob")),
        (decided, Decision(False)),
        (decided, Decision(True)),
        (decided, Decision(True, once=True)),
        (good, Decision(True)),
    )

    kinds = [type(each) for each in outcomes]
    assert kinds == [NotFound, NotFound, Forbidden, Conflict, Decided, Conflict, Decided]
    assert isinstance(outcomes[4], Decided)
    assert outcomes[4].approval is None
    assert rows_of(quiet, good).status == "APPROVED"


def test_second_decision_on_an_execution_is_left(quiet: Stack, worker: WorkerContext) -> None:
    both = ask(quiet, worker, approvers=["ann", "bob"], needed=2)

    first, second = decide(worker, (both, Decision(True, "ann")), (both, Decision(True, "bob")))

    assert isinstance(first, Decided)
    assert second is None
    assert [each["approved_by"] for each in rows_of(quiet, both).decisions] == ["ann"]


def test_execution_that_others_hold_is_left(quiet: Stack, worker: WorkerContext, engine: Engine) -> None:
    held, free = ask(quiet, worker), ask(quiet, worker)
    with engine.begin() as other:
        other.exec_driver_sql(
            "SELECT FROM executions WHERE id = (SELECT execution_id FROM approvals WHERE id = %s) FOR UPDATE", (held,)
        )
        left, decided = decide(worker, (held, Decision(True)), (free, Decision(True)))

    assert left is None
    assert isinstance(decided, Decided)
    assert rows_of(quiet, held).status == "PENDING"


def test_execution_that_is_over_is_left(quiet: Stack, worker: WorkerContext) -> None:
    over = ask(quiet, worker)
    quiet.execute("UPDATE executions SET status = 'CANCELLED' WHERE id = (SELECT execution_id FROM approvals)")

    assert decide(worker, (over, Decision(True))) == [None]
    assert rows_of(quiet, over).status == "PENDING"


def test_deeds_are_recorded_with_the_decisions(quiet: Stack, worker: WorkerContext) -> None:
    ids = [ask(quiet, worker) for _ in range(2)]

    decide_together(worker, [Decide(id, Decision(True), Deed(CALLER, "approve", "approval", id), 0) for id in ids])

    found = quiet.rows(
        "SELECT thing_id, action, xmin::text AS at FROM audit WHERE thing_id = ANY(%s) ORDER BY thing_id", (ids,)
    )
    assert [(row.thing_id, row.action) for row in found] == [(id, "approve") for id in ids]
    assert {row.at for row in found} == {row.at for row in quiet.rows("SELECT xmin::text AS at FROM approvals")}


def test_group_that_postgres_refuses_is_left(quiet: Stack, worker: WorkerContext) -> None:
    ids = [ask(quiet, worker) for _ in range(2)]

    refused = Caller("ci", CallerKind.KEY, frozenset(), key_id="no-uuid")

    outcomes = decide_together(
        worker, [Decide(id, Decision(True), Deed(refused, "approve", "approval", id), 0) for id in ids]
    )

    assert list(outcomes) == [None, None]
    assert [rows_of(quiet, id).status for id in ids] == ["PENDING", "PENDING"]

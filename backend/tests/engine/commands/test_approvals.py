"""Decisions of people: in few round trips, and each once, however many decide at the same time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.commands import approvals as commands
from app.engine.commands.approvals import Decision, record_decision
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.errors import Conflict
from app.storage.waiting import approvals
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    return worker_context(engine, Publisher(lambda wake_ups: None))


def ask(quiet: Stack, worker: WorkerContext, **data: Any) -> str:
    """The approval of an execution that waits for it, and goes on with a handler."""
    (id,) = quiet.accept(graph("start>ask>a", ask=node("human_approval", **data), a=node("nap")))
    worker.walk([WakeUp(id)])
    return str(quiet.rows("SELECT id::text FROM approvals ORDER BY created_at DESC LIMIT 1")[0].id)


def test_decision_takes_four_round_trips(quiet: Stack, worker: WorkerContext, sent: list[Any]) -> None:
    record_decision(worker, ask(quiet, worker), Decision(True))  # What is cached is so now.
    approval = ask(quiet, worker)
    sent.clear()

    decided = record_decision(worker, approval, Decision(True, "ann", "fine"))

    assert len(sent) == 4, sent
    assert decided.approval is not None
    shown = decided.approval
    assert (shown.status, shown.decisions[0]["approved_by"], shown.responded_at is not None) == (
        "APPROVED",
        "ann",
        True,
    )


def test_decision_that_was_overtaken_is_made_again(
    quiet: Stack, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval, find, found = ask(quiet, worker, approvers=["ann", "bob"], needed=2), approvals.find_approval, list[Any]()

    def find_late(cursor: Any, id: str) -> Any:
        read = find(cursor, id)
        found.append(read)
        if len(found) == 1:
            commands.record_decision(worker, approval, Decision(True, "bob"))
        return read

    monkeypatch.setattr(commands.approvals, "find_approval", find_late)

    record_decision(worker, approval, Decision(True, "ann"))

    (row,) = quiet.rows("SELECT status, decisions FROM approvals")
    assert (row.status, [each["approved_by"] for each in row.decisions]) == ("APPROVED", ["bob", "ann"])


def test_opposite_decision_that_was_overtaken_is_refused(
    quiet: Stack, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval, find, found = ask(quiet, worker), approvals.find_approval, list[Any]()

    def find_late(cursor: Any, id: str) -> Any:
        read = find(cursor, id)
        found.append(read)
        if len(found) == 1:
            commands.record_decision(worker, approval, Decision(False))
        return read

    monkeypatch.setattr(commands.approvals, "find_approval", find_late)

    with pytest.raises(Conflict, match=f"Approval {approval} is already REJECTED."):
        record_decision(worker, approval, Decision(True))

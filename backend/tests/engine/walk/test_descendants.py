"""The executions that one execution leads to are counted, and limited."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.config import EngineConfig
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context

LEAF = graph("start>a")


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    """A worker that allows ten descendants, and runs what it is woken for."""
    woken: list[WakeUp] = []
    return worker_context(engine, Publisher(woken.extend), config=EngineConfig(max_descendants=10))


def walk_all(quiet: Stack, worker: WorkerContext) -> None:
    """Walk all executions of this database until none is left that can go on."""
    while ids := [
        row.id
        for row in quiet.rows(
            "SELECT id::text FROM executions e WHERE status = 'PENDING' OR EXISTS (SELECT FROM signals s WHERE"
            " s.execution_id = e.id)"
        )
    ]:
        signals = quiet.rows("SELECT execution_id::text, node_id, visit FROM signals")
        worker.walk([*map(WakeUp, ids), *(WakeUp(each.execution_id, each.node_id, each.visit) for each in signals)])


def each(count: int, inner: dict[str, Any], **data: Any) -> dict[str, Any]:
    return graph("start>each", each=node("for_each", items=list(range(count)), graph=inner, **data))


def test_children_of_children_count_for_their_root(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(each(2, each(4, LEAF)))

    walk_all(quiet, worker)

    assert quiet.execution(id).status == "COMPLETED"
    assert quiet.rows("SELECT sum(number) AS n FROM descendants WHERE root_id = %s", (id,))[0].n == 10
    assert {row.root_id for row in quiet.rows("SELECT root_id::text FROM executions WHERE id <> %s", (id,))} == {id}


def test_step_past_the_limit_fails_with_the_number(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(each(2, each(5, LEAF)))

    walk_all(quiet, worker)

    failed = quiet.rows("SELECT error FROM executions WHERE status = 'FAILED' AND fan_out_id IS NOT NULL")[0].error
    assert failed["type"] == "TooManyDescendants"
    assert failed["message"] == (
        f"Node each would start more executions than one may lead to: execution {id} would have 12 descendants, and"
        " MAX_DESCENDANTS allows 10."
    )
    assert quiet.execution(id).error["type"] == "ChildFailed"


def test_limit_is_not_retried_and_can_be_caught(quiet: Stack, worker: WorkerContext) -> None:
    data = {"items": list(range(11)), "graph": LEAF, "retry": {"max_attempts": 3, "initial_interval": 0.01}}
    (id,) = quiet.accept(graph("start>each", "each:error>b", each=node("for_each", **data)))

    walk_all(quiet, worker)

    assert quiet.execution(id).status == "COMPLETED"
    assert [step.status for step in quiet.steps(id) if step.node_id == "each"] == ["FAILED"]


def test_steps_of_one_transaction_count_together(quiet: Stack, worker: WorkerContext) -> None:
    six = node("for_each", items=list(range(6)), graph=LEAF)
    (id,) = quiet.accept(graph("start>a", "start>b", a=six, b=six))

    walk_all(quiet, worker)

    assert quiet.execution(id).error["type"] == "TooManyDescendants"


def test_events_of_steps_count_for_the_same_root(quiet: Stack, worker: WorkerContext) -> None:
    emitting = graph("start>emit", emit=node("emit_event", type="more", payload={"more": True}))
    quiet.accept(emitting)
    quiet.execute("UPDATE workflows SET trigger = 'true'::json; UPDATE catalog SET revision = revision + 1")
    roots = quiet.rows("SELECT id::text FROM executions")

    walk_all(quiet, worker)

    numbers = quiet.rows("SELECT root_id::text, sum(number) AS n FROM descendants GROUP BY 1")
    assert [(row.root_id, row.n) for row in numbers] == [(roots[0].id, 10)]
    errors = [row.error["type"] for row in quiet.rows("SELECT error FROM executions WHERE error IS NOT NULL")]
    assert errors == ["TooManyDescendants"]

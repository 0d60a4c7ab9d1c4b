"""Definitions that end their worker, outlast a transaction or are too large: the execution ends all the same."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from app.engine.commands import lifecycle
from app.engine.config import EngineConfig, HandlerLimits
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context

#: Passes of a timekeeper after which a test gives up.
MOST_PASSES = 30
#: Open transactions in the database of a test; those of other databases are no concern of it.
IN_TRANSACTION = (
    "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
)


class Killer:
    """Ends its process, in a transaction or not."""

    type = "killer"
    pure = True
    needs_input = False

    def execute(self, **_: Any) -> HandlerResult:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def walk_in_child(stack: Stack, wake_ups: list[WakeUp]) -> bool:
    """Walk in a new process until nothing is left to do; True if the process was killed."""
    child = os.fork()
    if child == 0:
        types = registry()
        types.register(Killer())
        with stack.engine() as engine:
            worker_context(engine, Publisher(lambda more: None), workflows=WorkflowCache(types)).walk(wake_ups)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def walk_until_ended(stack: Stack, id: str) -> int:
    """Walk again and again, as timekeepers ask for it; return the number of workers that were killed."""
    kills, wake_up = 0, WakeUp(id)
    for _ in range(MOST_PASSES):
        kills += walk_in_child(stack, [wake_up])
        if stack.execution(id).finished_at is not None:
            return kills
        stack.execute("UPDATE executions SET woken_at = now() WHERE status = 'PENDING'")
        stack.execute(
            "UPDATE steps SET woken_at = now(), losses = losses + (status = 'RUNNING')::int, status = 'READY'"
            " WHERE status IN ('READY', 'RUNNING')"
        )
    raise AssertionError(stack.story(id))


def test_pure_node_that_kills_its_worker_is_poisoned(fresh: Stack) -> None:
    (id,) = fresh.accept(graph("start>quiet>deadly", quiet=node("transform", value=1), deadly=node("killer")))

    kills = walk_until_ended(fresh, id)

    assert fresh.execution(id).status == "FAILED"
    assert fresh.execution(id).error["type"] == "poisoned"
    assert fresh.execution(id).error["node_id"] == "deadly"
    assert fresh.step(id, "quiet").status == "COMPLETED"
    assert kills <= EngineConfig.max_worker_losses + 1


def test_slow_pure_node_leaves_the_transaction(fresh: Stack) -> None:
    class Slow:
        type = "slow"
        pure = True
        needs_input = False

        def execute(self, **_: Any) -> HandlerResult:
            in_transaction.append(bool(fresh.rows(IN_TRANSACTION)[0].n))
            return HandlerResult(result=1)

    in_transaction: list[bool] = []
    types = registry()
    types.register(Slow())
    (id,) = fresh.accept(graph("start>slow", slow=node("slow")))
    fresh.execute("UPDATE executions SET woken_at = now()")

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None), workflows=WorkflowCache(types)).walk([WakeUp(id)])

    assert fresh.execution(id).status == "COMPLETED"
    assert in_transaction == [False]


#  start ─┬─▶ spins
#         └─▶ quiet ─▶ later
@pytest.mark.parametrize("inline", [0.2, 0.0], ids=["new step", "stored step"])
def test_pure_node_that_does_not_end_fails_by_its_timeout(fresh: Stack, inline: float) -> None:
    class Spins:
        type = "spins"
        pure = True
        needs_input = False

        def execute(self, **_: Any) -> HandlerResult:
            while True:
                pass

    types = registry()
    types.register(Spins())
    nodes = {"quiet": node("transform"), "spins": node("spins", timeout=0.2), "later": node("nap")}
    (id,) = fresh.accept(graph("start>spins", "start>quiet>later", **nodes))
    wake_ups = [WakeUp(id)]
    publisher = Publisher(wake_ups.extend)
    config = EngineConfig(inline=inline, inline_timeout=0.2)

    with fresh.engine() as engine:
        worker = worker_context(engine, publisher, workflows=WorkflowCache(types), config=config)
        while wake_ups:
            worker.walk([wake_ups.pop(0)])
            publisher.flush()

    assert fresh.execution(id).status == "FAILED"
    assert (fresh.execution(id).error["type"], fresh.execution(id).error["node_id"]) == ("Timeout", "spins")
    assert fresh.step(id, "spins").claim == 1


UNREADABLE: dict[str, Any] = {"nodes": [{"id": "a"}, {"id": "a"}], "edges": 7}


def test_execution_that_cannot_be_compiled_fails(fresh: Stack) -> None:
    (id,) = fresh.accept(UNREADABLE)

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None)).walk([WakeUp(id)])

    execution = fresh.execution(id)
    assert (execution.status, execution.error["type"]) == ("FAILED", "Unreadable")
    assert execution.error["message"].startswith("Version 1 of workflow ")


def test_execution_that_cannot_be_compiled_can_be_cancelled(fresh: Stack) -> None:
    (id,) = fresh.accept(UNREADABLE)

    with fresh.engine() as engine:
        lifecycle.cancel(fresh.context(engine), id)

    assert fresh.execution(id).status == "CANCELLED"


def test_lost_step_of_unreadable_execution_ends(fresh: Stack) -> None:
    (id,) = fresh.accept(UNREADABLE)
    fresh.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'READY', 1)",
        (id,),
    )
    fresh.execute("UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL")

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None)).walk([WakeUp(id, "a", 1)])

    assert fresh.execution(id).status == "FAILED"
    assert fresh.execution(id).open_steps == 0
    assert fresh.step(id, "a").status == "CANCELLED"


def joined(stack: Stack, width: int, last: Callable[[list[str]], dict[str, Any]]) -> str:
    """An execution of which all paths but one have ended, each with an output of 100 kB; the last one is READY."""
    names = [f"b{number}" for number in range(width)]
    (id,) = stack.accept(last(names))
    output = json.dumps("x" * 100_000)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, output, is_last)"
        " SELECT %s, name, 1, 1, gen_random_uuid(), 'nap', 'COMPLETED', 1, %s, true FROM unnest(%s::text[]) name",
        (id, output, names),
    )
    stack.execute("UPDATE steps SET status = 'READY', claim = 0, output = NULL WHERE node_id = 'b0'")
    stack.execute("UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL")
    return id


@pytest.fixture
def small_limits() -> EngineConfig:
    return EngineConfig(limits=HandlerLimits(max_collected_bytes=1_000_000))


def test_join_of_outputs_that_are_too_large_fails(fresh: Stack, small_limits: EngineConfig) -> None:
    def join(names: list[str]) -> dict[str, Any]:
        edges = [f"start>{name}>last" for name in names]
        return graph(*edges, **dict.fromkeys(names, node("nap")), last=node("end"))

    id = joined(fresh, 20, join)
    fresh.execute("UPDATE steps SET is_last = false")
    fresh.execute(
        "INSERT INTO join_counts (execution_id, key, scope, taken, skipped, settled)"
        " VALUES (%s, '→last', '', 19, 0, false)",
        (id,),
    )

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None), config=small_limits).walk([WakeUp(id, "b0", 1)])

    assert fresh.execution(id).error["type"] == "InputTooLarge"
    assert fresh.execution(id).error["node_id"] == "last"


def test_execution_with_an_output_that_is_too_large_fails(fresh: Stack, small_limits: EngineConfig) -> None:
    id = joined(
        fresh, 20, lambda names: graph(*[f"start>{name}" for name in names], **dict.fromkeys(names, node("nap")))
    )

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None), config=small_limits).walk([WakeUp(id, "b0", 1)])

    assert fresh.execution(id).status == "FAILED"
    assert fresh.execution(id).error["type"] == "OutputTooLarge"


def test_for_each_measures_payloads_while_it_renders(fresh: Stack, small_limits: EngineConfig) -> None:
    inner = {"nodes": [{"id": "start", "type": "start"}], "edges": []}
    each = node("for_each", items="{{ payload.rows }}", payload={"all": "{{ payload }}"}, graph=inner)
    (id,) = fresh.accept(graph("start>each", each=each), payload={"rows": list(range(1000)), "blob": "x" * 100_000})

    with fresh.engine() as engine:
        worker_context(engine, Publisher(lambda more: None), config=small_limits).walk([WakeUp(id)])

    assert fresh.execution(id).error["type"] == "OutputTooLarge"
    assert "payload is filled with more than 1000000 bytes" in fresh.execution(id).error["message"]

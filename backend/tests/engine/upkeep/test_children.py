"""Children that nobody waits for are cancelled in bulk, and hold up nothing else."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from app.engine.config import EngineConfig
from app.engine.upkeep.children import TURN, cancel_orphans
from app.engine.wakeups.message import WakeUp
from app.scripts.stack.processes import wait_until
from app.storage.ids import new_id
from tests.engine.upkeep.keeper import LEASE, timekeeper
from tests.faults.conftest import fresh, make_stack
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

__all__ = ["fresh", "make_stack"]

PLAIN = graph("start>a>b", a=node("nap"), b=node("nap"))
UNDOABLE = graph("start>a>b", a=node("nap", compensate="u"), b=node("nap"), u=node("nap"))


def closed_fan_out(stack: Stack, document: Any, count: int, *, begun: int = 0) -> str:
    """Children of a step that does not wait any more; of those that have begun, ``a`` waits."""
    ids = stack.accept(document, count=count, check_in=60)
    fan_out = new_id()
    stack.execute(
        "INSERT INTO fan_outs (id, execution_id, node_id, visit, attempt, workflow_id, version, depth, collects, total,"
        " next_item, closed, next_check_at) SELECT %(id)s, gen_random_uuid(), 'x', 1, 1,"
        " (SELECT workflow_id FROM executions LIMIT 1), 1, 1, true, %(count)s, %(count)s, true, now();"
        "UPDATE executions SET fan_out_id = %(id)s WHERE id = ANY(%(ids)s::uuid[]);"
        "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL"
        " WHERE id = ANY(%(begun)s::uuid[]);"
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at, due_at,"
        " resume, output) SELECT id, 'a', 1, 1, gen_random_uuid(), 'nap', 'WAITING', 0, now() + interval '1 day',"
        " now() + interval '1 day', 'complete', '1' FROM unnest(%(begun)s::uuid[]) id",
        {"id": fan_out, "count": count, "ids": ids, "begun": ids[:begun]},
    )
    return fan_out


def left(stack: Stack) -> int:
    live = "SELECT count(*) AS n FROM executions WHERE status IN ('PENDING', 'RUNNING') AND fan_out_id IS NOT NULL"
    return int(stack.rows(live)[0].n)


def test_ten_thousand_children_are_cancelled_beside_leases(fresh: Stack) -> None:
    closed_fan_out(fresh, PLAIN, 10_000, begun=5000)
    (lost,) = fresh.accept(PLAIN)
    sent: list[WakeUp] = []
    stop = threading.Event()
    with timekeeper(fresh, sent, config=EngineConfig(grace=5, lease=LEASE), interval=0.05) as keeper:
        thread = threading.Thread(target=keeper.run, args=(stop,))
        thread.start()
        began = time.monotonic()
        seen = []
        while left(fresh) and time.monotonic() < began + 60:
            end_lease(fresh, lost)
            assert wait_until(lambda: fresh.step(lost, "a").status == "READY", seconds=5)
            seen.append(left(fresh))
        took = time.monotonic() - began
        is_done = "SELECT 1 FROM fan_outs WHERE next_check_at IS NULL"
        assert wait_until(lambda: bool(fresh.rows(is_done)), seconds=20)
        stop.set()
        thread.join()

    assert left(fresh) == 0
    assert took < 30  # about three seconds by itself
    assert fresh.rows("SELECT count(*) AS n FROM steps WHERE status = 'WAITING'")[0].n == 0


def end_lease(stack: Stack, id: str) -> None:
    """A step of this execution runs, and its worker does not renew its lease any more."""
    stack.execute("DELETE FROM steps WHERE execution_id = %s", (id,))
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'RUNNING', 1, now())",
        (id,),
    )
    stack.execute("UPDATE executions SET status = 'RUNNING', open_steps = 1, next_check_at = NULL WHERE id = %s", (id,))


@pytest.mark.parametrize(("document", "statuses"), [(PLAIN, {"CANCELLED"}), (UNDOABLE, {"CANCELLED"})])
def test_children_that_wait_are_cancelled(fresh: Stack, document: Any, statuses: set[str]) -> None:
    closed_fan_out(fresh, document, 10, begun=5)

    with timekeeper(fresh, []) as keeper:
        keeper.run_once()

    assert {row.status for row in fresh.rows("SELECT status FROM executions")} == statuses
    assert {row.status for row in fresh.rows("SELECT status FROM steps")} == {"CANCELLED"}
    assert {row.open_steps for row in fresh.rows("SELECT open_steps FROM executions")} == {0}


def test_completed_steps_of_children_are_compensated(fresh: Stack) -> None:
    closed_fan_out(fresh, UNDOABLE, 3, begun=3)
    fresh.execute(
        "UPDATE steps SET status = 'COMPLETED', next_check_at = NULL, due_at = NULL, started_at = now();"
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, next_check_at)"
        " SELECT execution_id, 'b', 1, 1, gen_random_uuid(), 'nap', 'READY', now() + interval '1 hour' FROM steps"
    )
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent) as keeper:
        keeper.run_once()
        keeper.worker.publisher.flush()
        keeper.worker.walk(list(sent))

    undone = fresh.rows("SELECT status FROM steps WHERE compensates = 'a:1'")
    assert [row.status for row in undone] == ["COMPLETED"] * 3
    assert {row.status for row in fresh.rows("SELECT status FROM executions")} == {"CANCELLED"}


def test_fan_outs_take_turns_where_children_are_compensated(fresh: Stack) -> None:
    fan_outs = [closed_fan_out(fresh, UNDOABLE, TURN + 5, begun=TURN + 5) for _ in range(2)]
    ended = "SELECT count(*) AS n FROM executions WHERE status = 'CANCELLED' AND fan_out_id = %s"

    with timekeeper(fresh, []) as keeper:
        assert cancel_orphans(keeper.worker, keeper._chores["fan_outs"])
        assert [fresh.rows(ended, (fan_out,))[0].n for fan_out in fan_outs] == [TURN, TURN]
        keeper.run_once()

    assert left(fresh) == 0


def test_locked_child_is_cancelled_later(fresh: Stack) -> None:
    closed_fan_out(fresh, PLAIN, 2)
    with timekeeper(fresh, []) as keeper:
        with fresh.engine() as engine, engine.begin() as connection:
            connection.exec_driver_sql("SELECT 1 FROM executions ORDER BY id LIMIT 1 FOR UPDATE")
            thread = threading.Thread(target=keeper.run_once)
            thread.start()
            assert wait_until(lambda: left(fresh) == 1, seconds=20)
        thread.join()
        fresh.execute("UPDATE fan_outs SET next_check_at = now() WHERE next_check_at IS NOT NULL")

        keeper.run_once()

    assert left(fresh) == 0

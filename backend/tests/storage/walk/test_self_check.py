"""The self-check finds executions without a way out, and none that has one."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.ids import new_id
from app.storage.walk.self_check import check_again, find_stuck


def execution(cursor: Any, status: str = "RUNNING", **columns: Any) -> str:
    values = {"id": new_id(), "workflow_id": new_id(), "version": 1, "status": status, "payload": "{}", **columns}
    cursor.execute(
        f"INSERT INTO executions ({', '.join(values)}) VALUES ({', '.join(f'%({name})s' for name in values)})", values
    )
    return str(values["id"])


def step(cursor: Any, id: str, status: str, node: str = "a", **columns: Any) -> None:
    values = {"execution_id": id, "node_id": node, "visit": 1, "attempt": 1, "id": new_id(), "type": "x"}
    values = {**values, "status": status, **columns}
    cursor.execute(
        f"INSERT INTO steps ({', '.join(values)}) VALUES ({', '.join(f'%({name})s' for name in values)})", values
    )


def reasons(cursor: Any) -> list[str]:
    return [each.reason for each in find_stuck(cursor, after=None, limit=100).stuck]


STUCK = {
    "it is PENDING and nothing checks it": lambda cursor: execution(cursor, "PENDING", lane="l"),
    "it is queued in a lane that nothing checks": lambda cursor: execution(cursor, "PENDING", lane="l", queued=True),
    "it is RUNNING and has no live step": lambda cursor: step(cursor, execution(cursor), "COMPLETED"),
    "its step is READY and nothing checks it": lambda cursor: step(cursor, execution(cursor), "READY"),
    "its step is WAITING and nothing checks it": lambda cursor: step(
        cursor, execution(cursor), "WAITING", due_at="2030-01-01"
    ),
    "its step is WAITING and nothing will end that": lambda cursor: step(
        cursor, execution(cursor), "WAITING", resume="timeout"
    ),
}


@pytest.mark.parametrize("reason", STUCK)
def test_execution_that_cannot_continue_is_reported(cursor: Any, reason: str) -> None:
    STUCK[reason](cursor)

    assert reasons(cursor) == [reason]


FINE = {
    "submitted": lambda cursor: execution(cursor, "PENDING"),
    "pending": lambda cursor: execution(cursor, "PENDING", next_check_at="2030-01-01"),
    "paused": lambda cursor: step(cursor, execution(cursor, "PAUSED"), "READY"),
    "completed": lambda cursor: execution(cursor, "COMPLETED"),
    "running": lambda cursor: step(cursor, execution(cursor), "RUNNING", next_check_at="2030-01-01"),
    "resumed from outside": lambda cursor: step(cursor, execution(cursor), "WAITING", resume="run"),
}


@pytest.mark.parametrize("state", FINE)
def test_execution_that_can_continue_is_not_reported(cursor: Any, state: str) -> None:
    FINE[state](cursor)

    assert reasons(cursor) == []


def test_step_that_nothing_checked_is_checked_again(cursor: Any) -> None:
    step(cursor, execution(cursor), "READY")
    (found,) = find_stuck(cursor, after=None, limit=100).stuck

    check_again(cursor, [found.execution_id])

    assert reasons(cursor) == []


def test_slices_reach_every_execution(cursor: Any) -> None:
    ids = {execution(cursor) for _ in range(7)}
    found, after = set(), None
    while True:
        checked = find_stuck(cursor, after=after, limit=3)
        found |= {each.execution_id for each in checked.stuck}
        after = checked.next
        if after is None:
            break

    assert found == ids

"""Many paths at once: every join runs once, and the cost of a path does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.long import LONG
from tests.scenarios.graphs import Node, fan, graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases
from tests.service import Service

#: Without timekeepers: where nothing goes wrong, nothing is left to them.
ALONE = {"TIMEKEEPER_INTERVAL": "3600", "WORKER_HEARTBEAT_TIMEOUT": "60"}
NOTE = node("send_notification", message="x")


@pytest.fixture(scope="module")
def two_workers(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two workers whose timekeepers do nothing."""
    with stack(servers, databases, tmp_path_factory.mktemp("two"), **ALONE) as opened:
        opened.start_worker()
        opened.start_worker()
        yield opened


def test_two_hundred_diamonds_at_once_join_once_each(two_workers: Stack) -> None:
    diamond = graph("start>a>b>both>last", "start>c>d>both", a=NOTE, b=NOTE, c=NOTE, d=NOTE, both=NOTE, last=NOTE)

    ids = two_workers.begin_many(diamond, 200)

    two_workers.finish_all(ids)
    counts = two_workers.rows(
        "SELECT node_id, count(*) AS steps, count(DISTINCT execution_id) AS executions, max(claim) AS claim"
        " FROM steps WHERE status = 'COMPLETED' AND execution_id = ANY(%s::uuid[]) GROUP BY node_id",
        (ids,),
    )
    assert {row.node_id: (row.steps, row.executions) for row in counts} == dict.fromkeys(
        ["start", "a", "b", "c", "d", "both", "last"], (200, 200)
    )
    assert max(row.claim for row in counts) == 1
    assert _notified(two_workers, ids) == 200 * 6
    assert two_workers.rows("SELECT 1 FROM join_counts") == []


#           ┌─▶ a ─┐
#   start ──┤      ├─▶ both       a and b end at the same moment, in two processes
#           └─▶ b ─┘
@pytest.mark.parametrize("join", ["all", pytest.param("any", marks=LONG)])
def test_join_reached_by_two_workers_runs_once(two_workers: Stack, calls: Service, join: str) -> None:
    races = 100
    race = graph(
        "start>a>both",
        "start>b>both",
        a=node("http_call", url=calls.url + "/meet"),
        b=node("http_call", url=calls.url + "/meet"),
        both={**NOTE, "data": {**NOTE["data"], "join": join}},
    )
    ids = two_workers.accept(race, count=races, check_in=3600)

    for id in ids:
        two_workers.wake(id)
        two_workers.finish(id)

    assert calls.meetings >= races * 0.9
    assert [two_workers.ran(id).count("both") for id in ids] == [1] * races
    assert _notified(two_workers, ids) == races


def test_worker_waiting_for_a_lock_still_runs_its_step(two_workers: Stack) -> None:
    again = node("flaky", succeeds_at=2, retry={"initial_interval": 600})
    id = two_workers.begin(graph("start>again", again=again))
    two_workers.wait_for_step(id, "again", "WAITING")

    with closing(psycopg2.connect(two_workers.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (id,))
        two_workers.end_delay(id, "again")
        assert wait_until(lambda: two_workers.messages() == 0, seconds=20)
        connection.rollback()

    assert two_workers.finish(id).status == "COMPLETED"


@pytest.mark.parametrize("middle", [node("transform", value=1), NOTE], ids=["pure", "effects"])
def test_cost_of_a_node_does_not_grow_with_the_path(two_workers: Stack, middle: Node) -> None:
    small, large = fan(20, middle), fan(2000, middle)
    two_workers.finish_all([two_workers.begin(small) for _ in range(3)])

    few = min(_seconds(two_workers, small) for _ in range(5)) / 20
    many = _seconds(two_workers, large) / 2000

    # If it grew with the number of paths, it would be a hundred times as much; a busy machine makes it four times.
    assert many < few * 20, f"{many * 1000:.2f} ms a path of 2,000, {few * 1000:.2f} ms a path of 20"
    assert two_workers.rows("SELECT 1 FROM join_counts") == []


def _notified(stack: Stack, ids: list[str]) -> int:
    return len(stack.rows("SELECT 1 FROM notifications WHERE execution_id = ANY(%s::uuid[])", (ids,)))


def _seconds(stack: Stack, drawn: dict[str, Any]) -> float:
    """Seconds from the acceptance of an execution to its end, by the times in its row."""
    id = stack.begin(drawn)
    execution = stack.finish(id, seconds=180)
    assert execution.status == "COMPLETED"
    assert len(stack.ran(id)) == len(drawn["nodes"])
    return float((execution.finished_at - execution.created_at).total_seconds())

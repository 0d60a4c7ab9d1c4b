"""No more executions begin within a period than a rate allows, whatever lanes they come from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from app.storage.database import driver
from app.storage.flow_control import lanes
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id

HOUR = 3600.0


def add(cursor: Any, rate: Lane, lane: Lane | None = None) -> str:
    """An execution whose rate is limited, and perhaps how many run."""
    id = new_id()
    wanted = [rate] if lane is None else [lane, rate]
    cursor.execute("BEGIN")
    free = all(room.is_free for room in lanes.enter_lanes(cursor, wanted))
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, lane, rate, queued, admitted_at)"
        " VALUES (%s, %s, 1, 'PENDING', '{}', %s, %s, %s, CASE WHEN %s THEN clock_timestamp() END)",
        (id, new_id(), wanted[0].name, rate.name, not free, free),
    )
    cursor.execute("COMMIT")
    return id


def admit(cursor: Any, lane: str, but: str | None = None) -> list[str]:
    cursor.execute("BEGIN")
    admitted = lanes.admit_next(cursor, lane, grace=5, but=but)
    if but is not None:
        cursor.execute("UPDATE executions SET status = 'COMPLETED' WHERE id = %s", (but,))
    cursor.execute("COMMIT")
    return admitted


def let_time_pass(cursor: Any, seconds: float) -> None:
    """As if everything had begun so much earlier."""
    cursor.execute("UPDATE executions SET admitted_at = admitted_at - %s * interval '1 second'", (seconds,))


def looks_in(cursor: Any, lane: str) -> float:
    statement = "SELECT extract(epoch FROM next_check_at - clock_timestamp())::float8 FROM lanes WHERE name = %s"
    cursor.execute(statement, (lane,))
    (seconds,) = cursor.fetchone()
    return float(seconds)


def waiting(cursor: Any) -> list[str]:
    cursor.execute("SELECT id FROM executions WHERE queued ORDER BY id")
    return [id for (id,) in cursor.fetchall()]


def test_excess_starts_in_the_next_period_in_order(cursor: Any) -> None:
    rate = Lane("rate_limit/a", 2, period=HOUR)
    ids = [add(cursor, rate) for _ in range(5)]

    assert waiting(cursor) == ids[2:]
    assert admit(cursor, rate.name) == []
    let_time_pass(cursor, HOUR)
    assert admit(cursor, rate.name) == ids[2:4]
    assert admit(cursor, rate.name) == []
    let_time_pass(cursor, HOUR)
    assert admit(cursor, rate.name) == ids[4:]


def test_ended_execution_frees_no_rate(cursor: Any) -> None:
    rate = Lane("rate_limit/a", 1, period=HOUR)
    first, second = add(cursor, rate), add(cursor, rate)

    assert admit(cursor, rate.name, but=first) == []
    assert waiting(cursor) == [second]


def test_lane_is_checked_when_its_rate_allows_a_start(cursor: Any) -> None:
    rate = Lane("rate_limit/a", 2, period=5.0)
    for _ in range(3):
        add(cursor, rate)
    let_time_pass(cursor, 2)

    admit(cursor, rate.name)

    assert 0 < looks_in(cursor, rate.name) <= 3


class Explaining:
    """A cursor that asks Postgres how it would answer the last statement of a text."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.plan = ""

    def mogrify(self, statement: str, values: Any) -> bytes:
        filled: bytes = self.cursor.mogrify(statement, values)
        return filled

    def execute(self, text: bytes) -> None:
        self.cursor.execute(b"EXPLAIN " + text.rpartition(b";")[2])
        self.plan = "\n".join(row[0] for row in self.cursor.fetchall())

    def fetchall(self) -> list[Any]:
        return []


def test_executions_before_the_period_are_not_counted(cursor: Any) -> None:
    cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    explaining = Explaining(cursor)

    lanes.enter_lanes(explaining, [])

    assert "Index Cond: ((rate = asked.name) AND (admitted_at > (statement_timestamp() -" in explaining.plan


@pytest.mark.parametrize("lane", [None, Lane("concurrency/a", 9)])
def test_early_arrival_is_checked_after_the_period(cursor: Any, lane: Lane | None) -> None:
    rate = Lane("rate_limit/a", 1, period=5.0)

    add(cursor, rate, lane)
    second = add(cursor, rate, lane)

    assert waiting(cursor) == [second]
    assert 0 < looks_in(cursor, lane.name if lane else rate.name) <= 5


def test_late_arrival_is_checked_when_its_rate_allows(cursor: Any) -> None:
    rate, lane = Lane("rate_limit/a", 1, period=5.0), Lane("concurrency/a", 2)
    admit(cursor, lane.name, but=add(cursor, rate, lane))
    let_time_pass(cursor, 2)

    add(cursor, rate, lane)

    assert 0 < looks_in(cursor, lane.name) <= 3
    assert 0 < looks_in(cursor, rate.name) <= 3


def test_both_limits_hold_together(cursor: Any) -> None:
    rate, lane = Lane("rate_limit/a", 3, period=HOUR), Lane("concurrency/a", 2)
    ids = [add(cursor, rate, lane) for _ in range(5)]

    assert waiting(cursor) == ids[2:]
    assert admit(cursor, lane.name, but=ids[0]) == [ids[2]]
    assert admit(cursor, lane.name, but=ids[1]) == []
    let_time_pass(cursor, HOUR)
    assert admit(cursor, lane.name) == [ids[3]]
    assert admit(cursor, lane.name, but=ids[2]) == [ids[4]]


def test_rate_limited_execution_does_not_block_other_rates(cursor: Any) -> None:
    slow, quick, lane = (
        Lane("rate_limit/a", 1, period=HOUR),
        Lane("rate_limit/b", 9, period=HOUR),
        Lane("concurrency/a", 2),
    )
    running = add(cursor, slow, lane)
    held = add(cursor, slow, lane)
    others = [add(cursor, quick, lane) for _ in range(2)]

    cursor.execute("SELECT id FROM executions WHERE NOT queued ORDER BY id")
    assert cursor.fetchall() == [(running,), (others[0],)]
    assert admit(cursor, lane.name, but=running) == [others[1]]
    assert waiting(cursor) == [held]


def test_lanes_that_share_a_rate_do_not_exceed_it_together(engine: Engine, cursor: Any) -> None:
    rate = Lane("rate_limit/a", 7, period=HOUR)

    def flood(number: int) -> None:
        with driver(engine) as connection, connection.cursor() as own:
            lane = Lane(f"concurrency/{number % 3}", 5)
            id = add(own, rate, lane)
            admit(own, lane.name, but=id if number % 2 else None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(flood, range(60)))

    cursor.execute("SELECT count(*) FROM executions WHERE admitted_at IS NOT NULL")
    assert cursor.fetchone() == (7,)


def test_rate_with_queued_executions_is_kept(cursor: Any) -> None:
    workflow = new_id()
    rate = Lane("rate_limit/a", 1, workflow_id=workflow, period=HOUR)
    lane = Lane("concurrency/a", 1, workflow_id=workflow)
    first, second = add(cursor, rate, lane), add(cursor, rate, lane)

    admit(cursor, rate.name)
    admit(cursor, lane.name, but=first)

    let_time_pass(cursor, HOUR)
    assert admit(cursor, lane.name) == [second]
    admit(cursor, rate.name)
    admit(cursor, lane.name, but=second)
    cursor.execute("SELECT count(*) FROM lanes")
    assert cursor.fetchone() == (0,)

"""A backtest whose workers are killed counts every event once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial

from app.scripts.stack.processes import wait_until
from app.storage.backtests import backtests
from app.storage.backtests.backtests import NewBacktest
from app.storage.orm import make_sessions
from tests.scenarios.stack import Stack

EVENTS = 30_000
INSERT = """
INSERT INTO events (id, payload, answer, received_at)
SELECT gen_random_uuid(), json_build_object('n', n, 'items', (SELECT json_agg(i) FROM generate_series(1, 60) i)), '{}',
       timestamptz '2026-01-01' + n * interval '1 second' FROM generate_series(1, %s) n
"""
#: Takes long enough for a worker to be killed in the middle.
SLOW = {"some": [{"var": "items"}, {"<": [{"var": ""}, 0]}]}
EVEN = {"==": [{"%": [{"var": "n"}, 2]}, 0]}


def test_killed_workers_leave_counts_exact(fresh: Stack) -> None:
    fresh.execute(INSERT, (EVENTS,))
    start, end = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 2, 1, tzinfo=timezone.utc)
    with fresh.engine() as engine, make_sessions(engine)() as session, session.begin():
        new = NewBacktest({"or": [SLOW, EVEN]}, None, None, None, None, None, start, end)
        id = backtests.create_backtest(session, new)

    def done() -> int:
        (row,) = fresh.rows("SELECT coalesce(sum(done), 0)::int AS done FROM backtest_slices")
        return int(row.done)

    for _ in range(2):
        before = done()
        fresh.start_worker(concurrency=2)
        assert wait_until(partial(is_more, done, before), seconds=60)
        fresh.kill_workers()
    interrupted = done()
    fresh.start_worker(concurrency=2)

    assert wait_until(lambda: fresh.rows("SELECT status FROM backtests")[0].status == "COMPLETED", seconds=120)
    assert 0 < interrupted < EVENTS
    assert done() == EVENTS
    (report,) = [row.report for row in fresh.rows("SELECT report FROM backtests WHERE id = %s", (id,))]
    assert report["counts"] == {"new": EVENTS // 2, "lost": 0, "same": 0, "error": 0, "near": 0}
    assert [clause["passed"] for clause in report["clauses"]] == [0, EVENTS // 2]
    (kept,) = fresh.rows(
        "SELECT count(id) AS all, count(DISTINCT id) AS each FROM backtest_parts, unnest(event_ids) id"
    )
    assert (kept.all, kept.each) == (EVENTS // 2, EVENTS // 2)


def is_more(done: Callable[[], int], before: int) -> bool:
    return done() > before

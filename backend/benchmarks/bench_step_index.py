"""
What the index on the id of steps costs the statements that write steps.

``python -m benchmarks step_index``. Two copies of the table take turns, one of them without that index.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from app.storage.ids import new_id
from benchmarks.stage import cursor

#: Turns, steps of one turn, and statements of one turn.
TURNS, STEPS = 15, 5_000
KEPT, BARE = "steps_kept", "steps_bare"

_INSERT = """
INSERT INTO {table} (execution_id, node_id, visit, attempt, id, type, status, claim, output, started_at, next_check_at)
SELECT execution, node, 1, 1, id, 'transform', %s, 1, '{{"a": 1}}', now(), {check}
FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS s (execution, node, id)"""
_SETTLE = """
UPDATE {table} SET status = 'COMPLETED', finished_at = now(), next_check_at = NULL
WHERE execution_id = ANY (%s::uuid[]) AND node_id = 'n0' AND status = 'RUNNING'"""


def make_tables(on: Any) -> None:
    """Two copies of the table of steps; the second has no index on the id."""
    for table in (KEPT, BARE):
        on.execute(f"CREATE TABLE {table} (LIKE steps INCLUDING ALL)")
        on.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    on.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%(id)'", (BARE,))
    ((index,),) = on.fetchall()
    on.execute(f"DROP INDEX {index}")


def write_settled(on: Any, table: str, at_once: int) -> float:
    """Seconds in which settled steps are written, ten of each execution, ``at_once`` in a statement."""
    statement = _INSERT.format(table=table, check="NULL")
    work = [_make_steps(at_once // 10, 10) for _ in range(STEPS // at_once)]
    return _measure(lambda: [on.execute(statement, ("COMPLETED", *rows)) for rows in work])


def write_claimed(on: Any, table: str, at_once: int) -> float:
    """Seconds in which steps are written as claimed and then settled, ``at_once`` in each statement."""
    insert = _INSERT.format(table=table, check="now() + interval '30 s'")
    settle = _SETTLE.format(table=table)
    work = [_make_steps(at_once, 1) for _ in range(STEPS // at_once)]

    def write() -> None:
        for rows in work:
            on.execute(insert, ("RUNNING", *rows))
            on.execute(settle, (rows[0],))

    return _measure(write)


def _make_steps(executions: int, nodes: int) -> tuple[list[str], list[str], list[str]]:
    ids = [new_id() for _ in range(executions)]
    steps = [(id, f"n{node}", new_id()) for id in ids for node in range(nodes)]
    owners, names, keys = zip(*steps, strict=True)
    return list(owners), list(names), list(keys)


def _measure(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(on: Any, write: Callable[[Any, str, int], float], at_once: int) -> tuple[float, float, float]:
    """Microseconds a step without the index and with it, and the median ratio of the turns."""
    for table in (KEPT, BARE):
        write(on, table, at_once)
    pairs = [(write(on, BARE, at_once), write(on, KEPT, at_once)) for _ in range(TURNS)]
    bare, kept = (median(pair[side] for pair in pairs) / STEPS * 1e6 for side in (0, 1))
    return bare, kept, median(without / within for without, within in pairs)


def main() -> None:
    with cursor() as on:
        make_tables(on)
        for name, write in (("settled", write_settled), ("claimed, then settled", write_claimed)):
            for at_once in (10, 500):
                bare, kept, ratio = compare(on, write, at_once)
                print(f"  {name}, {at_once:3} at once: {bare:5.1f} µs a step without, {kept:5.1f} with, {ratio:.2f}")


if __name__ == "__main__":
    main()

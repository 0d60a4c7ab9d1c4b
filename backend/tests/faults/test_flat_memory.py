"""The memory of a worker with two hundred handlers in flight does not grow."""

from __future__ import annotations

import time
from pathlib import Path

from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

IN_FLIGHT = 200
#: Seconds of the first part, whose end is compared with that of the last one; and how many parts there are.
PART, PARTS = 60, 4


def memory_of(pid: int) -> int:
    """Bytes of a process and of its children that no other process shares with it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Private_"))
    return own + sum(memory_of(int(child)) for child in children)


def live(stack: Stack) -> int:
    return int(stack.rows("SELECT count(*) AS n FROM executions WHERE finished_at IS NULL")[0].n)


@LONG
def test_memory_is_flat_with_hundreds_in_flight(fresh: Stack) -> None:
    worker = fresh.start_worker()
    document = graph("start>a>b", a=node("async_nap", seconds=2), b=node("async_nap", seconds=2))
    measured = []
    for _ in range(PARTS):
        until = time.monotonic() + PART
        while time.monotonic() < until:
            missing = IN_FLIGHT - live(fresh)
            if missing >= 20:
                fresh.begin_many(document, missing)
            time.sleep(0.1)
        measured.append(memory_of(worker.pid))

    assert measured[-1] < 1.1 * measured[0] + 8_000_000, measured

"""How many calls to others a worker has in the air: many executions with one each, and one execution with many."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import aiohttp

from app.engine import orchestrator
from benchmarks.stage import begin, chain, cursor, diamond, percentile, save, wait_for_end

#: Seconds that each call takes.
SECONDS = 1.0


def calls_per_second(url: str, executions: int) -> float:
    """Executions with one call each, all of them begun at once: calls by the time until the last one has ended."""
    with cursor() as on:
        workflow = save(on, chain(2, "http_call", method="GET", url=f"{url}/{SECONDS}"))
        ids = begin(on, workflow, executions)
        started = time.perf_counter()
        orchestrator.wake_executions(ids)
        wait_for_end(on, workflow, executions)
        return executions / (time.perf_counter() - started)


def fan_seconds(url: str, width: int, times: int = 5) -> list[float]:
    """Seconds that one execution takes from its commit to its end, which makes so many calls at once."""
    with cursor() as on:
        workflow = save(on, diamond(width, "http_call", method="GET", url=f"{url}/{SECONDS}"))
        for number in range(times):
            orchestrator.wake_executions(begin(on, workflow, 1))
            wait_for_end(on, workflow, number + 1)
        on.execute(
            "SELECT extract(epoch FROM finished_at - created_at)::float8 FROM executions WHERE workflow_id = %s",
            (workflow,),
        )
        return [row[0] for row in on.fetchall()]


def client_floor(url: str, calls: int) -> float:
    """The same calls by the HTTP client alone, in this process: calls a second."""

    async def make_all() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def make() -> None:
                async with session.get(f"{url}/{SECONDS}") as answer:
                    await answer.read()

            await asyncio.gather(*(make() for _ in range(calls)))

    started = time.perf_counter()
    asyncio.run(make_all())
    return calls / (time.perf_counter() - started)


def megabytes(worker: int) -> float:
    """The memory of the largest process of a worker's pool, without what it shares."""
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    sizes = []
    for child in children:
        rollup = Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()
        sizes.append(sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024)
    return max(sizes)


def main() -> None:
    url, worker = sys.argv[1], int(sys.argv[2])
    calls_per_second(url, 50)
    many = calls_per_second(url, 500)
    memory = megabytes(worker)
    fans = fan_seconds(url, 50)
    floor = client_floor(url, 500)
    print(f"floor: 500 calls of 1 s by the client   {floor:9.0f} calls/s")
    print(f"500 executions, a call of 1 s each      {many:9.0f} calls/s, {many / floor:.2f} of the floor")
    print(f"memory of a pool process after that     {memory:9.0f} MB")
    print(f"1 → 50 calls of 1 s → 1, one execution  {percentile(fans, 0.5):9.2f} s p50")


if __name__ == "__main__":
    assert "DATABASE_URL" in os.environ, "Start it with python -m benchmarks calls."
    main()

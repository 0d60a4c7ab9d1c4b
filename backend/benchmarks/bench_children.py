"""How fast ``for_each`` walks its children: beside the same graph as executions of their own, in one run."""

from __future__ import annotations

import statistics
import time
from typing import Any

from app.engine import orchestrator
from benchmarks.bench_walk import steps_per_second
from benchmarks.stage import NOTHING, begin, chain, cursor, edge, node, save, wait_for_end

ITEMS = 10_000
ROUNDS = 3


def for_each(inner: dict[str, Any], items: int, **data: Any) -> float:
    """Steps a second of the children of one execution, from its first wake-up to its end."""
    each = node("each", "for_each", items=list(range(items)), graph=inner, **data)
    graph = {"nodes": [*NOTHING, each], "edges": [edge("start", "each")]}
    with cursor() as on:
        workflow = save(on, graph)
        ids = begin(on, workflow, 1)
        started = time.perf_counter()
        orchestrator.wake_executions(ids)
        wait_for_end(on, workflow, items + 1, seconds=600)
        return items * len(inner["nodes"]) / (time.perf_counter() - started)


def compare(name: str, inner: dict[str, Any], items: int) -> None:
    """The two in turn, so that what else the machine does falls on both."""
    pairs = [(for_each(inner, items, max_parallel=50), steps_per_second(inner, items)) for _ in range(ROUNDS)]
    ratios = [children / alone for children, alone in pairs]
    children, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(
        f"for_each over {items:6}, {name:24} {children:7.0f} steps/s, on their own {alone:7.0f};"
        f" ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    plain = chain(10, "transform", value=1)
    for_each(plain, 200)
    compare("10 steps each", plain, ITEMS)
    compare("10 steps with effects", chain(10, "send_notification", message="x"), ITEMS // 10)
    short, long = (for_each(plain, items, max_parallel=50) for items in (ITEMS // 10, ITEMS))
    print(f"for_each: a step of 10,000 items costs {short / long:.2f} times what one of 1,000 does")


if __name__ == "__main__":
    main()

"""Calls to a host that does not answer hold up no calls to others."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from app.engine.commands.lifecycle import cancel
from app.scripts.stack.processes import wait_until
from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service, service

#: Calls to the slow host, and to the fast one.
SLOW, FAST = 500, 60


def run_fast(stack: Stack, path: str, calls: Service) -> float:
    """Run executions of two fast calls each; return how many seconds that took."""
    call = node("http_call", url=calls.url + path)
    began = time.monotonic()
    stack.finish_all(stack.begin_many(graph("start>a>b", a=call, b=call), FAST))
    return time.monotonic() - began


def test_calls_to_a_slow_host_hold_up_no_others(prefork: Stack, calls: Service) -> None:
    run_fast(prefork, "/fast", calls)
    with service() as slow:
        held = prefork.begin_many(graph("start>a", a=node("http_call", url=slow.url + "/hold/slow", timeout=200)), SLOW)
        slow.wait_for("/hold/slow", SLOW, seconds=60)

        beside = run_fast(prefork, "/fast", calls)

        assert len(slow.at("/hold/slow")) == SLOW
        slow.released.set()
        prefork.finish_all(held)
    alone = run_fast(prefork, "/fast", calls)
    assert beside < 5 * alone + 2


@LONG
def test_thousand_are_cancelled_at_once(prefork: Stack, calls: Service) -> None:
    document = graph("start>a>b", a=node("http_call", url=calls.url + "/hold/many", timeout=200), b=node("nap"))
    ids = [*prefork.begin_many(document, 500), *prefork.begin_many(document, 500)]
    calls.wait_for("/hold/many", 900, seconds=60)

    with prefork.engine() as engine, ThreadPoolExecutor(8) as pool:
        context = prefork.context(engine)
        for aftermath in pool.map(partial(cancel, context), ids):
            prefork.publish(aftermath)
    calls.released.set()

    def count(condition: str) -> int:
        statement = f"SELECT count(*) AS n FROM steps WHERE execution_id = ANY(%s::uuid[]) AND {condition}"
        return int(prefork.rows(statement, (ids,))[0].n)

    assert wait_until(lambda: count("status IN ('READY', 'RUNNING', 'WAITING')") == 0, seconds=120)
    statuses = prefork.rows("SELECT DISTINCT status FROM executions WHERE id = ANY(%s::uuid[])", (ids,))
    assert [row.status for row in statuses] == ["CANCELLED"]
    assert count("node_id = 'b' AND started_at IS NOT NULL") == 0

"""``POST /events`` while 10,000 steps wait for other events, and the time until 1,000 steps have gone on with one."""

from __future__ import annotations

import json
import sys
import time
from statistics import median
from typing import Any

from app.engine import orchestrator
from benchmarks.load import post
from benchmarks.stage import begin, cursor, edge, node, percentile, save, wait_for_end

WAITING = 10_000
SATISFIED = 1_000
EVENTS = 1_000
ROUNDS = 5


def waiting(condition: Any) -> dict[str, Any]:
    """A graph whose second node waits."""
    nodes = [node("start", "start"), node("wait", "wait_for_event", condition=condition), node("last", "end")]
    return {"nodes": nodes, "edges": [edge("start", "wait"), edge("wait", "last")]}


def wait_in(on: Any, condition: Any, count: int) -> str:
    """So many executions that wait, each of an order of its own; their workflow."""
    workflow = save(on, waiting(condition))
    on.execute("SELECT count(*) FROM subscriptions")
    before = on.fetchone()[0]
    ids = begin(on, workflow, count)
    on.execute(
        "UPDATE executions e SET payload = json_build_object('order', json_build_object('id', n))"
        " FROM unnest(%s::uuid[]) WITH ORDINALITY AS o (id, n) WHERE e.id = o.id",
        (ids,),
    )
    orchestrator.wake_executions(ids)
    until(on, "SELECT count(*) FROM subscriptions WHERE scanned_at IS NOT NULL", before + count)
    until(on, "SELECT count(*) FROM subscriptions WHERE next_check_at IS NOT NULL", 0)
    return workflow


def until(on: Any, question: str, answer: int, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while True:
        on.execute(question)
        found = on.fetchone()[0]
        if found == answer:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"{question}: {found}, not {answer}.")
        time.sleep(0.02)


def per_second(url: str, on: Any) -> float:
    load = post(f"{url}/events", [b'{"order": {"id": "none"}, "paid": true}'] * EVENTS)
    if load.refused:
        raise RuntimeError(f"{load.refused} events were refused.")
    # What the worker still has to match is not to slow the next round.
    until(on, "SELECT count(*) FROM unmatched_events", 0)
    return load.per_second


def accepting(url: str) -> tuple[list[float], list[float]]:
    """Events accepted a second, while nothing waits and while 10,000 steps do, by turns."""
    with cursor() as on:
        wait_in(on, {"==": [{"var": "order.id"}, {"var": "$context.order.id"}]}, WAITING)
        on.execute("CREATE TABLE parked (LIKE subscriptions)")
        without, among = [], []
        per_second(url, on)
        for _ in range(ROUNDS):
            among.append(per_second(url, on))
            on.execute("WITH w AS (DELETE FROM subscriptions RETURNING *) INSERT INTO parked SELECT * FROM w")
            on.execute("VACUUM subscriptions")
            without.append(per_second(url, on))
            on.execute("WITH w AS (DELETE FROM parked RETURNING *) INSERT INTO subscriptions SELECT * FROM w")
        return without, among


def going_on(url: str) -> list[float]:
    """Seconds from an event to the end of each execution that has waited for it, by Postgres' clock."""
    with cursor() as on:
        workflow = wait_in(on, {"==": [{"var": "bench"}, "go"]}, SATISFIED)
        post(f"{url}/events", [json.dumps({"bench": "go"}).encode()])
        wait_for_end(on, workflow, SATISFIED)
        on.execute(
            "SELECT extract(epoch FROM finished_at - (SELECT max(received_at) FROM events))::float8"
            " FROM executions WHERE workflow_id = %s",
            (workflow,),
        )
        return [row[0] for row in on.fetchall()]


def main() -> None:
    url = sys.argv[1]
    without, among = accepting(url)
    took = going_on(url)
    ratio = median(a / w for a, w in zip(among, without, strict=True))
    print(f"POST /events, nothing waits                 {median(without):9.0f} /s")
    print(f"POST /events, 10,000 steps wait for others  {median(among):9.0f} /s, {ratio:.2f} of that")
    print(f"an event that 1,000 steps wait for          {percentile(took, 0.5):9.2f} s p50, {max(took):.2f} s the last")


if __name__ == "__main__":
    main()

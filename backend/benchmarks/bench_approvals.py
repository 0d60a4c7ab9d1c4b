"""What 100,000 executions that wait for people cost the others, and how soon the one that is approved goes on."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import requests
from celery import Celery

from app.storage.ids import new_id
from app.storage.models.base import Base
from app.storage.models.executions import Execution, StepRecord
from app.storage.models.waiting import Approval
from benchmarks.load import post
from benchmarks.stage import begin, chain, cursor, edge, node, percentile, save, wait_for_end

WAITING = 100_000
#: Executions that really walk to their approval; the rows of the others are copies of theirs.
WALKED = 1_000
ROUNDS = 9
EVENTS = 2_000
CHAINS = 150
APPROVED = 200
ASKING = {
    "nodes": [
        node("start", "start"),
        node("ask", "human_approval", title="Pay {{ payload.n }}", context="{{ payload }}", max_wait_time="30d"),
        node("after", "send_notification", toRole="ops", message="paid"),
    ],
    "edges": [edge("start", "ask"), edge("ask", "after")],
}


@dataclass(frozen=True)
class Side:
    """One of two deployments side by side, each with a database, a broker, a worker and an API of its own."""

    name: str
    api: str
    database_url: str
    redis_url: str

    def wake(self, executions: list[str]) -> None:
        with Celery(broker=self.redis_url) as publisher:
            for start in range(0, len(executions), 16):
                looks = [[id, None, None] for id in executions[start : start + 16]]
                publisher.send_task("trigraph.walk", (looks,), ignore_result=True, retry=False)


def wait_for_people(side: Side, count: int) -> list[str]:
    """Executions that walk until somebody is asked; the ids of the approvals."""
    with cursor(side.database_url) as on:
        workflow = save(on, ASKING)
        side.wake(begin(on, workflow, count, {"n": 7, "why": "x" * 100}))
        until = time.monotonic() + 300
        asked: list[str] = []
        while len(asked) < count and time.monotonic() < until:
            time.sleep(0.05)
            on.execute(
                "SELECT a.id::text FROM approvals a JOIN executions e ON e.id = a.execution_id"
                " WHERE e.workflow_id = %s",
                (workflow,),
            )
            asked = [row[0] for row in on.fetchall()]
        if len(asked) < count:
            raise RuntimeError(f"{len(asked)} of {count} executions wait.")
        return asked


def multiply(side: Side, approvals: list[str], times: int) -> None:
    """Copy what the walk wrote for these approvals: executions, steps, and themselves, with ids of their own."""
    with cursor(side.database_url) as on:
        on.execute("SELECT execution_id::text, id::text FROM approvals WHERE id = ANY(%s::uuid[])", (approvals,))
        found = on.fetchall()
        for _ in range(times):
            ids = [(execution, new_id(), approval, new_id()) for execution, approval in found]
            on.execute("CREATE TEMPORARY TABLE copies (execution uuid, its_copy uuid, approval uuid, copied uuid)")
            on.execute(
                "INSERT INTO copies SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])",
                tuple(list(column) for column in zip(*ids, strict=True)),
            )
            _copy(on, Execution, "t.id = c.execution", id="c.its_copy")
            output = "replace(t.output::text, c.approval::text, c.copied::text)::json"
            own = {"execution_id": "c.its_copy", "id": "gen_random_uuid()", "output": output}
            _copy(on, StepRecord, "t.execution_id = c.execution", **own)
            _copy(on, Approval, "t.id = c.approval", id="c.copied", execution_id="c.its_copy")
            on.execute("DROP TABLE copies")


def _copy(on: Any, model: type[Base], match: str, **changed: str) -> None:
    columns = [column.name for column in model.__table__.columns if column.identity is None]
    values = [changed.get(name, f"t.{name}") for name in columns]
    table = model.__tablename__
    on.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} t JOIN copies c ON {match}"
    )


def events_per_second(side: Side) -> float:
    """``POST /events`` accepted a second; each starts a workflow of three nodes, which ends before this returns."""
    with cursor(side.database_url) as on:
        on.execute("SELECT id::text FROM workflows WHERE name = 'events'")
        (workflow,) = on.fetchone() or (
            save(on, chain(3, "transform", value=1), trigger={"==": [{"var": "bench"}, 1]}, name="events"),
        )
        on.execute("SELECT count(*) FROM executions WHERE workflow_id = %s", (workflow,))
        before = on.fetchone()[0]
        load = post(f"{side.api}/events", [b'{"bench": 1}'] * EVENTS)
        if load.refused:
            raise RuntimeError(f"{load.refused} events were refused.")
        wait_for_end(on, workflow, before + EVENTS)
        return load.per_second


def steps_per_second(side: Side) -> float:
    """Chains of ten, nine with an effect, from the first wake-up until the last has ended."""
    graph = chain(10, "send_notification", message="x")
    with cursor(side.database_url) as on:
        workflow = save(on, graph)
        ids = begin(on, workflow, CHAINS)
        started = time.perf_counter()
        side.wake(ids)
        wait_for_end(on, workflow, CHAINS)
        return CHAINS * 10 / (time.perf_counter() - started)


def resumption(side: Side) -> list[float]:
    """Milliseconds from each decision to the start of the next step, one after another, by the clock of the machine."""
    chosen = wait_for_people(side, APPROVED)
    with cursor(side.database_url) as on, requests.Session() as http:
        for approval in chosen:
            answer = http.post(f"{side.api}/approvals/{approval}/approve", json={"approved_by": "manager"})
            answer.raise_for_status()
        query = (
            "SELECT extract(epoch FROM s.started_at - a.responded_at)::float8 * 1000 FROM approvals a"
            " JOIN steps s USING (execution_id) WHERE s.node_id = 'after' AND s.started_at IS NOT NULL"
            " AND a.id = ANY(%s::uuid[])"
        )
        until = time.monotonic() + 30
        found: list[Any] = []
        while len(found) < len(chosen) and time.monotonic() < until:
            time.sleep(0.05)
            on.execute(query, (chosen,))
            found = on.fetchall()
        if len(found) < len(chosen):
            raise RuntimeError(f"{len(found)} of {len(chosen)} approved executions went on.")
        return [row[0] for row in found]


def alternate(sides: list[Side]) -> dict[str, dict[str, list[float]]]:
    """Both loads on both sides, again and again, the order changed from round to round; figures by load and side."""
    loads = {"events": events_per_second, "steps": steps_per_second}
    found: dict[str, dict[str, list[float]]] = {load: {side.name: [] for side in sides} for load in loads}
    for number in range(ROUNDS + 1):
        for side in sides if number % 2 else sides[::-1]:
            for load, measure in loads.items():
                figure = measure(side)
                if number:  # the first round warms up
                    found[load][side.name].append(figure)
            if not number:
                tidy(side)
    return found


def tidy(side: Side) -> None:
    """Both sides begin with what Postgres would know of its tables after a while."""
    with cursor(side.database_url) as on:
        on.execute("VACUUM ANALYZE")
        on.execute("CHECKPOINT")


def main() -> None:
    without, crowded = [Side(*argument.split("|")) for argument in sys.argv[1:]]
    multiply(crowded, wait_for_people(crowded, WALKED), WAITING // WALKED - 1)
    with cursor(crowded.database_url) as on:
        on.execute("SELECT count(*) FROM approvals WHERE status = 'PENDING'")
        waiting = on.fetchone()[0]
    found = alternate([without, crowded])
    later = resumption(crowded)
    sooner = resumption(without)
    print(f"approvals that wait                       {waiting:9,}")
    for load, words in (("events", "POST /events, accepted a second"), ("steps", "chain of 10, effects, steps/s")):
        uncrowded, beside = found[load][without.name], found[load][crowded.name]
        ratios = sorted(b / a for a, b in zip(uncrowded, beside, strict=True))
        print(
            f"{words:<41} {median(beside):9.0f}, without them {median(uncrowded):.0f}:"
            f" ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    p50, p99, alone = percentile(later, 0.5), percentile(later, 0.99), percentile(sooner, 0.5)
    print(f"approved until the next step starts       {p50:9.1f} ms p50, {p99:.1f} p99, without them {alone:.1f} p50")


if __name__ == "__main__":
    main()

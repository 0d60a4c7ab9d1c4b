"""How fast workers walk: chains, effects, forks, one execution alone, sleeps; each beside its floor."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from typing import Any

from app.engine import orchestrator
from benchmarks import empty
from benchmarks.stage import begin, chain, cursor, diamond, edge, node, percentile, save, wait_for_end


def steps_per_second(graph: dict[str, Any], executions: int) -> float:
    """From the first wake-up until all executions are COMPLETED."""
    with cursor() as on:
        workflow = save(on, graph)
        ids = begin(on, workflow, executions)
        started = time.perf_counter()
        orchestrator.wake_executions(ids)
        wait_for_end(on, workflow, executions)
        return executions * len(graph["nodes"]) / (time.perf_counter() - started)


def alone(graph: dict[str, Any], times: int = 50) -> list[float]:
    """Milliseconds from the commit of one execution to its end, by Postgres' clock, one after another."""
    with cursor() as on:
        workflow = save(on, graph)
        for number in range(times):
            orchestrator.wake_executions(begin(on, workflow, 1))
            wait_for_end(on, workflow, number + 1)
        on.execute(
            "SELECT extract(epoch FROM finished_at - created_at)::float8 * 1000 FROM executions WHERE workflow_id = %s",
            (workflow,),
        )
        return [row[0] for row in on.fetchall()]


def lateness(sleeps: int = 500) -> list[float]:
    """Milliseconds by which what follows a delay of 2 s is late, with that many asleep at once."""
    graph = {
        "nodes": [node("start", "start"), node("wait", "delay", ms=2000), node("last", "end")],
        "edges": [edge("start", "wait"), edge("wait", "last")],
    }
    with cursor() as on:
        workflow = save(on, graph)
        for _ in range(sleeps // 10):
            orchestrator.wake_executions(begin(on, workflow, 10))
            time.sleep(0.04)
        wait_for_end(on, workflow, sleeps)
        on.execute(
            "SELECT extract(epoch FROM s.finished_at - s.started_at)::float8 * 1000 - 2000 FROM steps s"
            " JOIN executions e ON e.id = s.execution_id WHERE e.workflow_id = %s AND s.node_id = 'wait'",
            (workflow,),
        )
        return [row[0] for row in on.fetchall()]


def commit_floor(clients: int, seconds: int = 4) -> float:
    """Transactions a second of one update and one insert each, by pgbench: what Postgres alone can do."""
    with cursor() as on:
        on.execute("CREATE TABLE IF NOT EXISTS floor_a (id int PRIMARY KEY, n int)")
        on.execute(
            "CREATE TABLE IF NOT EXISTS floor_b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, t text)"
        )
        on.execute("INSERT INTO floor_a SELECT g, 0 FROM generate_series(1, 1000) g ON CONFLICT DO NOTHING")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(
            "\\set id random(1, 1000)\nBEGIN;\nUPDATE floor_a SET n = n + 1 WHERE id = :id;\n"
            "INSERT INTO floor_b (a, t) VALUES (:id, 'x');\nCOMMIT;\n"
        )
        script.flush()
        command = [os.environ["PGBENCH"], "-n", "-f", script.name, "-c", str(clients), "-j", "2", "-T", str(seconds)]
        done = subprocess.run([*command, os.environ["DATABASE_URL"]], capture_output=True, text=True, check=True)
    return float(re.findall(r"tps = ([0-9.]+)", done.stdout)[0])


def celery_floor(messages: int = 2000) -> float:
    """Empty Celery tasks a second, sent by this process and done by a worker like ours."""
    started = time.perf_counter()
    for _ in range(messages):
        empty.nothing.apply_async(retry=False)
    while empty.waiting():
        time.sleep(0.005)
    return messages / (time.perf_counter() - started)


def main() -> None:
    steps_per_second(chain(10, "transform", value=1), 50)
    pure = steps_per_second(chain(10, "transform", value=1), 1000)
    effect = steps_per_second(chain(10, "send_notification", message="x"), 500)
    fork = steps_per_second(diamond(50, "send_notification", message="x"), 100) / 52
    pure_fork = steps_per_second(diamond(50, "transform", value=1), 300) / 52
    alones = alone(chain(10, "transform", value=1))
    alone_effects = alone(chain(10, "send_notification", message="x"))
    late = lateness()
    celery = celery_floor()
    floor = commit_floor(8)
    floor_one = commit_floor(1)
    print(f"floor: update + insert per commit       {floor:9.0f} /s at 8 clients, {floor_one:.0f} /s at one")
    print(f"floor: Celery doing empty tasks         {celery:9.0f} /s")
    print(f"chain of 10, pure                       {pure:9.0f} steps/s, {pure / floor:.2f} of the commit floor")
    print(f"chain of 10, with effects               {effect:9.0f} steps/s, {effect / floor:.2f} of the commit floor")
    print(f"1 → 50 → 1, with effects                {fork:9.1f} executions/s")
    print(f"1 → 50 → 1, pure                        {pure_fork:9.1f} executions/s")
    print(f"one chain of 10 alone, pure             {percentile(alones, 0.5):9.1f} ms p50")
    alone_p50 = percentile(alone_effects, 0.5)
    commits = alone_p50 / 1000 * floor_one
    print(f"one chain of 10 alone, with effects     {alone_p50:9.1f} ms p50, {commits:.1f} commits of one client")
    print(
        f"500 sleeps of 2 s, lateness             {percentile(late, 0.5):9.1f} ms p50, {percentile(late, 0.99):.1f} p99"
    )


if __name__ == "__main__":
    main()

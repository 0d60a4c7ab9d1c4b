"""How fast workers walk: chains, effects, forks, one execution alone, sleeps; each beside its floor."""

from __future__ import annotations

import threading
import time
from typing import Any

from app.engine import orchestrator
from app.engine.wakeups import WakeUp
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


def commit_floor(clients: int = 8, seconds: float = 4.0) -> float:
    """Transactions a second of one update and one insert each, by as many clients: what Postgres alone can do."""
    with cursor() as on:
        on.execute("DROP TABLE IF EXISTS floor_a, floor_b")
        on.execute("CREATE TABLE floor_a (id int PRIMARY KEY, n int)")
        on.execute("CREATE TABLE floor_b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, t text)")
        on.execute("INSERT INTO floor_a SELECT g, 0 FROM generate_series(1, 1000) g")
    return pgbench(clients, seconds)


def pgbench(clients: int, seconds: float) -> float:
    """The floor by threads of this process; pgbench is not among the embedded binaries."""
    counts = [0] * clients
    until = time.perf_counter() + seconds

    def work(client: int) -> None:
        with cursor() as on:
            number = client * 100
            while time.perf_counter() < until:
                number = number % 1000 + 1
                on.execute(
                    "WITH a AS (UPDATE floor_a SET n = n + 1 WHERE id = %s RETURNING id)"
                    " INSERT INTO floor_b (a, t) SELECT id, 'x' FROM a",
                    (number,),
                )
                counts[client] += 1

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def celery_floor(messages: int = 2000) -> float:
    """Celery messages a second that lead to nothing: wake-ups for an execution that does not exist."""
    queued = [WakeUp("00000000-0000-7000-8000-000000000000")]
    started = time.perf_counter()
    for _ in range(messages):
        orchestrator.send(queued)
    while orchestrator.backlog():
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
    floor = commit_floor()
    floor_one = pgbench(1, 2.0)
    print(f"floor: update + insert per commit       {floor:9.0f} /s at 8 clients, {floor_one:.0f} /s at one")
    print(f"floor: Celery messages to nothing       {celery:9.0f} /s")
    print(f"chain of 10, nothing outside            {pure:9.0f} steps/s, {pure / floor:.2f} of the commit floor")
    print(f"chain of 10, each with an effect        {effect:9.0f} steps/s, {effect / floor:.2f} of the commit floor")
    print(f"1 → 50 → 1, each with an effect         {fork:9.1f} executions/s")
    print(f"1 → 50 → 1, nothing outside             {pure_fork:9.1f} executions/s")
    print(f"one chain of 10 alone, nothing outside  {percentile(alones, 0.5):9.1f} ms p50")
    print(f"one chain of 10 alone, effects          {percentile(alone_effects, 0.5):9.1f} ms p50")
    print(
        f"500 sleeps of 2 s, lateness             {percentile(late, 0.5):9.1f} ms p50, {percentile(late, 0.99):.1f} p99"
    )


if __name__ == "__main__":
    main()

"""What a dialect costs at run time: the same diamond written in each, executed in turn, in one run."""

from __future__ import annotations

import statistics
import time
from collections import deque
from typing import Any

from app.engine import orchestrator
from app.graph.dialects.dag.compile import dag_document
from benchmarks.stage import begin, cursor, edge, node, save, wait_for_end

EXECUTIONS = 1000
ROUNDS = 8
VALUE = {"value": 1}
RETRIES = {"max_retries": 0, "initial_delay": 1, "max_delay": 1, "exponential_base": 2, "jitter": False}


#         ┌─▶ b ─┐
#   a ────┤      ├─▶ d
#         └─▶ c ─┘
def diamonds() -> dict[str, Any]:
    """Documents by their kind, as they are stored."""
    before = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    tasks = [{"id": id, "activity_type": "transform", "depends_on": on, "config": VALUE} for id, on in before.items()]
    nodes = [{"id": id, "handler": "transform", "dependencies": on, "config": VALUE} for id, on in before.items()]
    task = {"name": "transform", "params": VALUE}
    steps = [("sequential", [task]), ("parallel", [task, task]), ("sequential", [task])]
    return {
        "graph": {
            "nodes": [node(id, "transform", **VALUE) for id in before],
            "edges": [edge(source, target) for target, sources in before.items() for source in sources],
        },
        "tasks": {"definition_yaml": "", "definition": {"name": "diamond", "tasks": tasks}},
        "dag": dag_document({"nodes": nodes}, retry_config=RETRIES),
        "steps": {"steps": [{"execution_type": type, "tasks": given} for type, given in steps]},
    }


def steps_per_second(kind: str, document: Any, executions: int) -> float:
    """Steps completed a second, from the first wake-up until all executions are COMPLETED."""
    with cursor() as on:
        workflow = save(on, document, kind=kind, name=f"diamond {time.time_ns()}")
        ids = begin(on, workflow, executions)
        started = time.perf_counter()
        orchestrator.wake_executions(ids)
        wait_for_end(on, workflow, executions)
        seconds = time.perf_counter() - started
        on.execute(
            "SELECT count(*) FROM steps s JOIN executions e ON e.id = s.execution_id WHERE e.workflow_id = %s"
            " AND s.status = 'COMPLETED'",
            (workflow,),
        )
        return float(on.fetchone()[0]) / seconds


def main() -> None:
    documents = diamonds()
    for kind, document in documents.items():
        steps_per_second(kind, document, 50)
    rounds = []
    for number in range(ROUNDS):
        # Each takes its turn at being the first.
        order = deque(documents)
        order.rotate(number)
        rounds.append({kind: steps_per_second(kind, documents[kind], EXECUTIONS) for kind in order})
    for kind in documents:
        rates = [each[kind] for each in rounds]
        ratio = statistics.median(each[kind] / each["graph"] for each in rounds)
        print(f"1,000 diamonds, {kind:8} {statistics.median(rates):9.0f} steps/s, {ratio:.2f} of graph's")


if __name__ == "__main__":
    main()

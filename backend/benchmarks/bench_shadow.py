"""
A thousand recorded executions of ten nodes, walked under another version of their workflow in one process.

``python -m benchmarks shadow``. The floor is the time in which the recorded steps are read from Postgres.
"""

from __future__ import annotations

import json
import os
import time
from statistics import median
from typing import Any

from app.engine import handlers
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.engine.wakeups.publisher import Publisher
from app.settings import Settings
from app.storage.database import driver
from app.storage.engine import make_engine
from app.storage.ids import new_id
from app.storage.recordings import RecordingFilter, list_recorded_steps, list_recordings
from app.triggers.triggers import TriggerCache
from app.why.shadow import shadow_workflow
from benchmarks.stage import cursor

EXECUTIONS, NODES, ROUNDS = 1000, 10, 5
ENDED = RecordingFilter(["COMPLETED"])


def make_chain(value: int) -> dict[str, Any]:
    """Nine nodes that compute, and one with an effect in the middle."""
    nodes: list[dict[str, Any]] = [
        {"id": f"n{number}", "type": "transform", "data": {"value": {"+": [{"var": "n"}, value]}}}
        for number in range(NODES)
    ]
    nodes[NODES // 2] = {"id": f"n{NODES // 2}", "type": "http_call", "data": {"url": "https://example.com/"}}
    edges = [{"source": f"n{number}", "target": f"n{number + 1}"} for number in range(NODES - 1)]
    return {"nodes": nodes, "edges": edges}


def record_executions(on: Any) -> str:
    """Write the workflow, its executions and their steps; return the id of the workflow."""
    workflow, document = new_id(), json.dumps(make_chain(1))
    on.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (%s, 'graph', 'shadow', %s, 1)",
        (workflow, document),
    )
    on.execute(
        "INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, %s)", (workflow, document)
    )
    ids = [new_id() for _ in range(EXECUTIONS)]
    on.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, finished_at)"
        " SELECT id, %s, 1, 'COMPLETED', '{\"n\": 1}', now() FROM unnest(%s::uuid[]) AS id",
        (workflow, ids),
    )
    types = [node["type"] for node in make_chain(1)["nodes"]]
    on.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, output, finished_at)"
        " SELECT e.id, 'n' || number, 1, 1, gen_random_uuid(), (%s::text[])[number + 1], 'COMPLETED', '2', now()"
        " FROM unnest(%s::uuid[]) AS e (id), generate_series(0, %s) AS number",
        (types, ids, NODES - 1),
    )
    on.execute("ANALYZE steps")
    return workflow


def main() -> None:
    engine = make_engine(Settings(database_url=os.environ["DATABASE_URL"]))
    workflows = WorkflowCache(discover(handlers))
    context = EngineContext(engine, workflows, TriggerCache(), Publisher(lambda wake_ups: None), EngineConfig())
    with cursor() as on:
        workflow = record_executions(on)
    target = workflows.compile("graph", make_chain(2))
    walked, read, computed = [], [], []
    with driver(engine) as connection, connection.cursor() as on:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            ids = [recording.id for recording in list_recordings(on, workflow, ENDED, limit=EXECUTIONS)]
            steps = sum(map(len, list_recorded_steps(on, ids).values()))
            read.append(time.perf_counter() - start)
            start, used = time.perf_counter(), time.process_time()
            found = shadow_workflow(on, context, (workflow, 1), target, ENDED, EXECUTIONS)
            walked.append(time.perf_counter() - start)
            computed.append(time.process_time() - used)
            assert (found.executions, found.same) == (EXECUTIONS, EXECUTIONS), found
    print(
        f"  {EXECUTIONS:,} executions of {NODES} nodes: {median(walked):.2f} s, {steps / median(walked):,.0f} steps/s"
    )
    print(f"  by the processor time of this process: {steps / median(computed):,.0f} steps/s")
    print(f"  reading their steps alone: {median(read):.2f} s, {median(read) / median(walked):.2f} of it")
    engine.dispose()


if __name__ == "__main__":
    main()

"""What each way to start or continue an execution costs, beside an empty route: requests a second, and CPU time."""

from __future__ import annotations

import json
import sys
from statistics import fmean, median
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.measured import Api, Measured, measure
from benchmarks.stage import chain, cursor, save

#: Requests of one way in one round; the ways take turns, so that what else the machine does meets all of them.
REQUESTS = 1_000
ROUNDS = 3
PAYLOAD = {"lead": {"source": "bench", "score": 90}}
DAG = {"name": "bench", "dag": {"nodes": [{"id": "a", "handler": "input"}]}}


def submit_dags(url: str, count: int) -> list[str]:
    """Executions that wait for their trigger: copies of one that was submitted."""
    request = Request(f"{url}/v1/workflow", json.dumps(DAG).encode(), {"Content-Type": "application/json"})
    with urlopen(request) as response:
        first = json.load(response)["execution_id"]
    with cursor() as on:
        on.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload)"
            " SELECT gen_random_uuid(), workflow_id, version, status, payload FROM executions, generate_series(1, %s)"
            " WHERE id = %s RETURNING id",
            (count, first),
        )
        return [row[0] for row in on.fetchall()]


def ask_for_approvals(workflow: str, count: int) -> list[str]:
    """Approvals of executions that wait for them at ``n1``, as a worker leaves them."""
    with cursor() as on:
        on.execute(
            "WITH made AS (SELECT gen_random_uuid() AS id, gen_random_uuid() AS approval FROM generate_series(1, %s)),"
            " e AS (INSERT INTO executions (id, workflow_id, version, status, payload, started_at, open_steps)"
            "  SELECT id, %s, 1, 'RUNNING', '{}', now(), 1 FROM made),"
            " s AS (INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, resume)"
            "  SELECT id, 'n1', 1, 1, gen_random_uuid(), 'human_approval', 'WAITING', 'timeout' FROM made)"
            " INSERT INTO approvals (id, execution_id, node_id, visit, attempt, status, approvers, needed)"
            " SELECT approval, id, 'n1', 1, 1, 'PENDING', '[]', 1 FROM made RETURNING id",
            (count, workflow),
        )
        return [row[0] for row in on.fetchall()]


def main() -> None:
    api = Api.parse(sys.argv[1])
    url = api.url
    with cursor() as on:
        workflow = save(on, chain(2, "transform", value=1), trigger={"==": [{"var": "lead.source"}, "bench"]})
        asking = save(on, chain(3, "human_approval"), name="asking")
    steps = {"name": "bench", "steps": [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]}
    ways: dict[str, list[tuple[str, Any]]] = {
        "an empty route": [("/empty", PAYLOAD)] * REQUESTS,
        "POST /events": [("/events", PAYLOAD)] * REQUESTS,
        "POST /executions": [("/executions", {"workflow_id": workflow, "payload": PAYLOAD})] * REQUESTS,
        "POST /executions/workflows/…/execute": [(f"/executions/workflows/{workflow}/execute", {"parameters": PAYLOAD})]
        * REQUESTS,
        "POST /v1/workflow/trigger/…": [],
        "POST /api/workflow": [("/api/workflow", steps)] * (REQUESTS // 2),
        "POST /approvals/…/approve": [],
    }
    found: dict[str, list[Measured]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        ways["POST /v1/workflow/trigger/…"] = [
            (f"/v1/workflow/trigger/{id}", {}) for id in submit_dags(url, REQUESTS // 2)
        ]
        ways["POST /approvals/…/approve"] = [
            (f"/approvals/{id}/approve", {}) for id in ask_for_approvals(asking, REQUESTS // 2)
        ]
        for name, requests in ways.items():
            if number == 0:
                measure(api, requests[: REQUESTS // 10], None)
            else:
                found[name].append(measure(api, requests, None))
    floor = median(one.rate for one in found["an empty route"])
    for name, each in found.items():
        rate = median(one.rate for one in each)
        own, there = (1e6 * fmean(getattr(one, part) for one in each) for part in ("own", "postgres"))
        print(
            f"{name:40} {rate:9.0f} /s, {rate / floor:.2f} of the empty route;"
            f" CPU {own:5.0f} µs + Postgres {there:5.0f} µs"
        )


if __name__ == "__main__":
    main()

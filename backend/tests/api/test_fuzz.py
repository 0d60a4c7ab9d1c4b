"""
No request becomes a 5xx, an undocumented response, or a hang.

FUZZ is the number of requests, SEED the seed that makes them: ``make fuzz`` sends 40,000.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from app.settings import Settings
from app.storage.migrate import migrate
from tests.api.client import FETCHER, Api, running_api
from tests.api.fuzzing import Fuzzer, Request, read_operations
from tests.servers import Databases

COUNT = int(os.environ.get("FUZZ", "400"))
SEED = int(os.environ.get("SEED", "1"))
#: Seconds that one response may take on a busy machine.
SLOWEST = 20
THREADS = 4
#: Statuses that follow from HTTP itself, not from an operation.
OF_HTTP = {"404", "405", "431"}


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url, approval_secret="k" * 16)) as api:
        yield api


def existing_ids(api: Api) -> list[str]:
    """Ids of one workflow, execution and event of each kind."""
    saved = api.save()
    fired = api.fire({"a": 1})
    submitted = api.post("/v1/workflow", json=FETCHER).json()
    tasks = [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]
    posted = api.post("/api/workflow", json={"name": "s", "steps": tasks}).json()
    return [
        *(saved["id"], fired["event_id"], fired["executions"][0]["id"]),
        *(submitted["execution_id"], submitted["workflow_definition_id"], posted["workflow_id"]),
    ]


def problem_of(api: Api, document: dict[str, Any], request: Request) -> str | None:
    """What is wrong with the response to this request."""
    began = time.monotonic()
    try:
        answer = requests.request(
            request.method,
            api.url + request.path,
            data=request.body,
            headers=request.headers,
            timeout=SLOWEST,
            allow_redirects=False,
        )
    except requests.exceptions.InvalidHeader:
        return None
    except requests.exceptions.RequestException as error:
        return f"no response after {time.monotonic() - began:.1f} s: {error}"
    method, path = request.operation.split(" ", 1)
    documented = document["paths"][path][method.lower()]["responses"]
    status, kind = str(answer.status_code), answer.headers.get("Content-Type", "").partition(";")[0]
    if answer.status_code >= 500:
        return f"{status} {answer.text[:300]}"
    if status not in documented and status not in OF_HTTP:
        return f"undocumented {status} {answer.text[:300]}"
    if status in documented and kind not in documented[status].get("content", {kind: None}):
        return f"undocumented {kind} with {status}"
    if kind == "application/json" and answer.status_code >= 400 and not json.loads(answer.text).get("detail"):
        return f"{status} without a detail"
    return None


def test_no_request_is_answered_badly(api: Api) -> None:
    document = api.get("/openapi.json").json()
    fuzzer = Fuzzer(read_operations(document), existing_ids(api), SEED)
    sent: Counter[str] = Counter()

    def check(request: Request) -> str | None:
        sent[request.operation] += 1
        problem = problem_of(api, document, request)
        return (
            problem
            and f"{request.operation}: {problem}\n  {request.path[:200]} {request.headers} {request.body!r:.500}"
        )

    with ThreadPoolExecutor(THREADS) as pool:
        found = [problem for problem in pool.map(check, itertools.islice(fuzzer.requests(), COUNT)) if problem]

    assert "\n".join(found[:20]) == ""
    assert sum(sent.values()) == COUNT

"""A hot route responds the same on its short way and on FastAPI's, which a request with an ``Origin`` takes."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.access.conftest import admin, anonymous, client_with, guarded_database_url, make_key
from tests.api.client import FETCHER, NOTE, Api

__all__ = ["admin", "anonymous", "client_with", "guarded_database_url", "make_key"]

NOBODY = "00000000-0000-7000-8000-000000000000"
CLOUD_EVENT = {"specversion": "1.0", "id": "on WAY", "source": "s", "type": "t", "data": {"a": 1}}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
STEPS = {"name": "s", "steps": [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]}
#: Path, body and headers.
REQUESTS: list[tuple[str, bytes, dict[str, str]]] = [
    ("/events", b'{"a": 1}', {}),
    ("/events", b'{"a": 1}', {"Idempotency-Key": "on WAY"}),
    ("/events", b'{"a": 2}', {"Idempotency-Key": "on WAY"}),
    ("/events/", b'{"a": 1}', {}),
    ("/events", json.dumps(CLOUD_EVENT).encode(), STRUCTURED),
    ("/events", json.dumps([CLOUD_EVENT, CLOUD_EVENT]).encode(), BATCH),
    ("/events", b"[]", BATCH),
    ("/events", b'[{"specversion": "1.0"}]', BATCH),
    ("/events", b"{}", {"ce-specversion": "1.0", "ce-id": "on WAY", "ce-source": "s", "ce-type": "t"}),
    ("/events", b"{}", {"Content-Type": "application/cloudevents+xml"}),
    ("/events", gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}),
    ("/events", b"no gzip", {"Content-Encoding": "gzip"}),
    ("/events", b"{}", {"Content-Encoding": "zstd"}),
    ("/events", b"", {}),
    ("/events", b"[1]", {}),
    ("/events", b'{"a": NaN}', {}),
    ("/events", b'{"a": "\xff"}', {}),
    ("/events", b'{"a": ' * 200 + b"1" + b"}" * 200, {}),
    ("/events", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("/events", b'{"a": "' + b"x" * 100_000 + b'"}', {}),
    ("/events", b'{"a": "' + b"x" * 2_000_000 + b'"}', {}),
    ("/events?a=1", b"{}", {}),
    ("/events", b"{}", {"Host": "elsewhere.example"}),
    ("/executions", b'{"workflow_id": "WORKFLOW", "payload": {"a": 1}}', {}),
    ("/executions", b'{"workflow_id": "WORKFLOW", "payload": {"a": 1}}', {"Idempotency-Key": "on WAY"}),
    ("/executions", b'{"workflow_id": "WORKFLOW"}', {"Idempotency-Key": "on WAY"}),
    ("/executions", b'{"workflow_id": "%s"}' % NOBODY.encode(), {}),
    ("/executions", b'{"workflow_id": "no id"}', {}),
    ("/executions", b"{}", {}),
    ("/executions", b'{"workflow_id": 1, "unknown": 2}', {}),
    ("/executions/workflows/WORKFLOW/execute", b"", {}),
    ("/executions/workflows/WORKFLOW/execute/", b'{"parameters": {"a": 1}}', {}),
    ("/executions/workflows/%20/execute", b"", {}),
    (f"/executions/workflows/{NOBODY}/execute", b"", {}),
    (f"/executions/{NOBODY}/cancel", b"", {}),
    (f"/v1/workflow/trigger/{NOBODY}", b"{}", {}),
    ("/v1/workflow/trigger/a%2Fb", b"{}", {}),
    ("/v1/workflow/trigger", b"{}", {}),
    ("/api/workflow", json.dumps(STEPS).encode(), {}),
    ("/api/workflow", b'{"name": "s", "steps": []}', {}),
    (f"/approvals/{NOBODY}/approve", b"", {}),
    (f"/approvals/{NOBODY}/reject", b'{"approved": true}', {}),
    (f"/approvals/{NOBODY}/action", b"{}", {}),
    (f"/approvals/{NOBODY}/explode", b"{}", {}),
    ("/hooks/nobody", b"{}", {}),
]
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def response_of(api: Api, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, without what differs between any two responses, and without the headers of CORS."""
    response = api.post(path, data=body, headers=headers)
    kept = {
        name.lower(): value
        for name, value in response.headers.items()
        if not name.lower().startswith(("access-control-", "vary", "date", "content-length"))
    }
    text = response.text.replace("on short", "on WAY").replace("on usual", "on WAY")
    return response.status_code, _TIME.sub("TIME", _ID.sub("ID", text)), kept


def both_responses(api: Api, path: str, body: bytes, headers: dict[str, str]) -> list[Any]:
    """The response on each way, whose keys and ids are its own."""
    host = {"Host": api.url.removeprefix("http://")}
    ways = {"short": headers, "usual": {**host, **headers, "Origin": api.url}}
    return [
        response_of(
            api,
            path,
            body.replace(b"WAY", way.encode()),
            {name: value.replace("WAY", way) for name, value in given.items()},
        )
        for way, given in ways.items()
    ]


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_both_ways_respond_the_same(api: Api, number: int) -> None:
    workflow = api.save()["id"]
    requests = [
        (path.replace("WORKFLOW", workflow), body.replace(b"WORKFLOW", workflow.encode()), headers)
        for path, body, headers in REQUESTS
    ]
    # Those before it have used the key that some requests have in common.
    for path, body, headers in requests[:number]:
        if "Idempotency-Key" in headers:
            both_responses(api, path, body, headers)

    short, usual = both_responses(api, *requests[number])

    assert short == usual


@pytest.mark.parametrize("key", ["", "tg_unknown", "no key", "events:write", "executions:write", "limited"])
@pytest.mark.parametrize("path", ["/events", "/executions", "/api/workflow", f"/approvals/{NOBODY}/approve"])
def test_both_ways_ask_for_the_same_rights(
    anonymous: Api, client_with: Callable[..., Api], path: str, key: str
) -> None:
    headers = {}
    if ":" in key or key == "limited":
        limits = {} if ":" in key else {"bytes_per_minute": 1}
        client = client_with(key if ":" in key else "admin", **limits)
        headers["Authorization"] = str(client.headers["Authorization"])
    elif key:
        headers["Authorization"] = f"Bearer {key}"

    short, usual = both_responses(anonymous, path, b'{"a": 1}', headers)

    assert short == usual
    assert short[0] != 500


def test_start_in_a_group_responds_as_one_alone(api: Api) -> None:
    workflow = api.save()["id"]
    api.post("/api/workflow", json=STEPS)
    first, second = (api.post("/v1/workflow", json=FETCHER).json()["execution_id"] for _ in range(2))
    requests = [
        (f"/v1/workflow/trigger/{first}", f"/v1/workflow/trigger/{second}", b'{"input_params": {"a": 1}}'),
        ("/api/workflow", "/api/workflow", json.dumps(STEPS).encode()),
        ("/executions", "/executions", json.dumps({"workflow_id": workflow}).encode()),
    ]

    for number, (path, alone, body) in enumerate(requests):
        # A request with a key is in no group.
        key = {"Idempotency-Key": f"key {number}"}

        assert response_of(api, path, body, {}) == response_of(api, alone, body, key)


def test_requests_at_the_same_time_each_get_their_own(api: Api) -> None:
    ids = [api.post("/v1/workflow", json=FETCHER).json()["execution_id"] for _ in range(8)]
    api.post("/api/workflow", json=STEPS)
    api.woken.clear()

    with ThreadPoolExecutor(8) as threads:
        triggered = list(threads.map(lambda id: api.post(f"/v1/workflow/trigger/{id}", json={}).json(), ids))
        submitted = list(threads.map(lambda _: api.post("/api/workflow", json=STEPS).json()["workflow_id"], ids))

    assert [each["execution_id"] for each in triggered] == ids
    assert len(set(submitted)) == 8
    assert {each.execution_id for each in api.woken} == {*ids, *submitted}


def test_short_way_is_taken_without_origin(api: Api) -> None:
    api.save(graph=NOTE)

    short = api.post("/events", json={})
    usual = api.post("/events", json={}, headers={"Origin": api.url, "Host": api.url.removeprefix("http://")})

    assert (short.status_code, usual.status_code) == (200, 200)
    assert "access-control-expose-headers" not in short.headers
    assert "access-control-expose-headers" in usual.headers

"""A request with an ``Idempotency-Key`` is done once, on every path that starts something."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.client import FETCHER, NOTE, Api

STEPS = [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]


def start_of(api: Api, door: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A path that starts an execution, a body for it, and another one."""
    if door == "events":
        api.save()
        return "/events", {"a": 1}, {"a": 2}
    if door == "executions":
        id = api.save()["id"]
        return "/executions", {"workflow_id": id}, {"workflow_id": id, "payload": {"a": 1}}
    if door == "execute":
        return f"/executions/workflows/{api.save()['id']}/execute", {}, {"parameters": {"a": 1}}
    if door == "submit":
        return "/v1/workflow", FETCHER, {**FETCHER, "name": "other"}
    if door == "trigger":
        id = api.post("/v1/workflow", json=FETCHER).json()["execution_id"]
        return f"/v1/workflow/trigger/{id}", {}, {"input_params": {"a": 1}}
    return "/api/workflow", {"name": "s", "steps": STEPS}, {"name": "t", "steps": STEPS}


DOORS = ["events", "executions", "execute", "submit", "trigger", "steps"]


def count(api: Api) -> int:
    return len(api.get("/executions?limit=1000").json())


@pytest.mark.parametrize("door", DOORS)
def test_repeat_gets_the_first_response(api: Api, door: str) -> None:
    path, body, _ = start_of(api, door)
    headers = {"Idempotency-Key": "k"}
    first = api.post(path, json=body, headers=headers)
    before, woken = count(api), len(api.woken)

    again = api.post(path, json=body, headers=headers)

    assert first.status_code < 300
    names_first = {"repeat_of": first.json()["event_id"]} if door == "events" else {}
    assert (again.status_code, again.json()) == (first.status_code, {**first.json(), **names_first})
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (count(api), len(api.woken)) == (before, woken)


@pytest.mark.parametrize("door", DOORS)
def test_same_key_with_another_body_is_refused(api: Api, door: str) -> None:
    path, body, other = start_of(api, door)
    api.post(path, json=body, headers={"Idempotency-Key": "k"})
    before = count(api)

    refused = api.post(path, json=other, headers={"Idempotency-Key": "k"})

    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("The Idempotency-Key 'k' was used before with another body")
    assert count(api) == before


def test_each_path_has_keys_of_its_own(api: Api) -> None:
    id = api.save(trigger=None)["id"]
    headers = {"Idempotency-Key": "k"}

    answers = [
        api.post("/executions", json={"workflow_id": id}, headers=headers),
        api.post(f"/executions/workflows/{id}/execute", json={}, headers=headers),
        api.post("/events", json={}, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 200]


def test_refused_request_does_not_use_up_its_key(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    missing = api.post("/executions", json={"workflow_id": "x"}, headers=headers)

    started = api.post("/executions", json={"workflow_id": api.save()["id"]}, headers=headers)

    assert (missing.status_code, started.status_code) == (404, 201)


def test_of_concurrent_repeats_one_starts(api: Api) -> None:
    id = api.save(graph=NOTE)["id"]

    def post(_: int) -> str:
        return api.post("/executions", json={"workflow_id": id}, headers={"Idempotency-Key": "k"}).text

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, range(16)))

    assert len(answers) == 1
    assert count(api) == 1


def test_without_a_key_each_request_starts_something(api: Api) -> None:
    id = api.save()["id"]

    for _ in range(2):
        api.post("/executions", json={"workflow_id": id}, headers={"Idempotency-Key": ""})

    assert count(api) == 2

"""A query parameter that a route does not have is refused."""

from __future__ import annotations

import pytest

from tests.api.client import Api


@pytest.mark.parametrize(
    ("path", "name", "known"),
    [
        (
            "/executions?state=FAILED",
            "state",
            "cursor, event_id, fields, forked_from, from, full, kind, limit, parent_id, q, status, to, workflow_id",
        ),
        ("/workflows?name=x&limit=1", "name", "cursor, limit"),
        ("/events?page=2", "page", "cursor, from, full, limit, matched, near, path, q, source, to, type, value"),
        ("/approvals?Status=ALL", "Status", "cursor, execution_id, limit, status"),
        ("/notifications?to=AE", "to", "cursor, execution_id, limit"),
        ("/api/workflows?x", "x", "cursor, full, limit"),
    ],
)
def test_unknown_parameter_is_refused_by_name(api: Api, path: str, name: str, known: str) -> None:
    answer = api.get(path)

    (problem,) = answer.json()["detail"]
    assert answer.status_code == 422
    assert problem["loc"] == ["query", name]
    assert problem["msg"] == f"The query parameter {name!r} is unknown; known are {known}."


@pytest.mark.parametrize(
    "path", ["/events?dry_run=true", "/workflows/validate?a=1&b=2", "/v1/workflow?x=", "/executions?x=1"]
)
def test_unknown_parameter_of_a_write_is_refused(api: Api, path: str) -> None:
    answer = api.post(path, json={"name": "w"})

    assert answer.status_code == 422
    assert {problem["loc"][0] for problem in answer.json()["detail"]} == {"query"}
    assert api.get("/events").json() == []


@pytest.mark.parametrize("path", ["/", "/health", "/v1/health", "/node-types"])
def test_parameter_of_a_path_without_any_is_refused(api: Api, path: str) -> None:
    assert "this path has none" in api.get(f"{path}?x=1").json()["detail"][0]["msg"]

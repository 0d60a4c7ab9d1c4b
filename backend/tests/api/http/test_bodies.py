"""Nothing that somebody posts becomes a 500."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.settings import Settings
from app.storage.migrate import migrate
from tests.api.client import NOTE, Api, running_api
from tests.servers import Databases


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    """One API for all of these: what it survives, it goes on from."""
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        yield api


def kept(api: Api) -> list[int]:
    """How much is stored."""
    return [len(api.get(f"{path}?limit=1000").json()) for path in ("/workflows", "/events", "/executions")]


DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
DEEPER_THAN_ALLOWED = b'{"a":' + b"[" * 101 + b"]" * 101 + b"}"
NOT_JSON = {
    "empty": b"",
    "spaces": b"  ",
    "half": b'{"a": ',
    "text": b"hello",
    "two values": b"{} {}",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "NUL": b'{"a": "\x00"}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": [-Infinity]}',
    "an endless number": b'{"a": ' + b"9" * 5000 + b"}",
    "deep objects": DEEP,
    "deep lists": b"[" * 100_000,
    "deep inside": DEEPER_THAN_ALLOWED,
}
NO_OBJECT = {"list": b"[]", "number": b"1", "string": b'"a"', "null": b"null", "true": b"true"}
PATHS = ["/events", "/workflows", "/workflows/validate", "/executions", "/v1/workflow", "/api/workflow"]


@pytest.mark.parametrize("body", [*NOT_JSON.values(), *NO_OBJECT.values()], ids=[*NOT_JSON, *NO_OBJECT])
def test_non_object_body_is_refused(api: Api, body: bytes) -> None:
    saved = api.save()
    before = kept(api)

    for path in PATHS:
        response = api.post(path, data=body)
        assert response.status_code == 422, path
        assert response.json()["detail"]
    assert api.put(f"/workflows/{saved['id']}", data=body).status_code == 422
    assert kept(api) == before


def test_a_byte_order_mark_does_no_harm(api: Api) -> None:
    answer = api.post("/events", data=b'\xef\xbb\xbf{"a": 1}').json()

    assert api.get(f"/events/{answer['event_id']}").json()["payload"] == {"a": 1}


def test_a_hundred_levels_are_allowed(api: Api) -> None:
    body = b'{"a":' + b"[" * 98 + b"]" * 98 + b"}"

    assert api.post("/events", data=body).status_code == 200


def test_large_body_is_refused(api: Api) -> None:
    body = b'{"a": "' + b"x" * 1_000_000 + b'"}'

    for path in PATHS:
        assert api.post(path, data=body).status_code == 413


def test_large_content_length_is_refused_unread(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n{")
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]


def test_oversized_stream_is_not_read_to_its_end(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(17):
            connection.sendall(chunk)
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]


def connect(api: Api) -> socket.socket:
    address = urlsplit(api.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=10)


ODD: list[Any] = [
    None,
    True,
    7,
    -1.5,
    10**400,
    "",
    " ",
    "\x00",
    "\ud800",
    "x" * 100_000,
    [],
    [[]],
    [None],
    {},
    {"": {"\ud800": None}},
    {"a": 1, "b": 2},
]


def variations() -> Iterator[tuple[str, dict[str, Any]]]:
    node, edge = NOTE["nodes"][1], NOTE["edges"][0]
    for value in ODD:
        for key in ("name", "description", "trigger", "is_active", "graph", "definition", "nodes", "edges"):
            yield "/workflows", {"name": "w", "graph": NOTE, key: value}
        for key in ("id", "type", "data", "position", "x"):
            yield "/workflows", {"name": "w", "nodes": [NOTE["nodes"][0], {**node, key: value}], "edges": []}
        for key in ("id", "source", "target", "sourceHandle", "targetHandle", "x"):
            yield "/workflows", {"name": "w", "nodes": NOTE["nodes"], "edges": [{**edge, key: value}]}
        for key in ("workflow_id", "payload"):
            yield "/executions", {"workflow_id": "x", key: value}
        yield "/events", {"a": value, "lead": value}
    for value in ODD:
        task = {"name": "task_a", "params": {}}
        step = {"execution_type": "parallel", "tasks": [task, task]}
        for key in ("name", "steps", "x"):
            yield "/api/workflow", {"name": "w", "steps": [step], key: value}
        for key in ("execution_type", "tasks", "x"):
            yield "/api/workflow", {"name": "w", "steps": [step, {**step, key: value}]}
        for key in ("name", "params", "x"):
            yield "/api/workflow", {"name": "w", "steps": [{**step, "tasks": [{**task, key: value}, task]}]}
        for key in ("timeout", "retry_count", "priority", "retry", "on_error", "join", "cases", "x"):
            tasks = [{**task, "params": {key: value}}, {"name": "branch", "params": {"cases": [{key: value}]}}]
            yield "/api/workflow", {"name": "w", "steps": [{**step, "tasks": tasks}]}
    for key, value in itertools.product(
        ("retry", "timeout", "on_error", "join", "max_visits", "compensate", "toRole"), ODD
    ):
        yield "/workflows", {"name": "w", "nodes": [{"id": "n", "type": "send_notification", "data": {key: value}}]}
    for key, value in itertools.product(("cases", "condition", "label", "next", "else"), ODD):
        cases = value if key == "cases" else [{key: value, "condition": True}]
        yield "/workflows", {"name": "w", "nodes": [{"id": "n", "type": "branch", "data": {"cases": cases}}]}
    yield from odd_dags()
    for operator in (
        "var",
        "==",
        "in",
        "map",
        "reduce",
        "cat",
        "substr",
        "if",
        "missing",
        "missing_some",
        "method",
        "%",
        "log",
    ):
        for value in ODD:
            yield "/workflows", {"name": "w", "trigger": {operator: value}}
            yield "/workflows", {"name": "w", "trigger": {operator: [value, value, value]}}


def odd_dags() -> Iterator[tuple[str, dict[str, Any]]]:
    node = {"id": "n", "handler": "llm_service", "dependencies": [], "config": {"prompt": "p"}}
    retries = ("max_retries", "initial_delay", "max_delay", "exponential_base", "jitter", "x")
    config = (
        "prompt",
        "system",
        "model",
        "temperature",
        "max_tokens",
        "timeout",
        "mock",
        "retry",
        "join",
        "compensate",
    )
    for value in ODD:
        yield "/v1/workflow", {"name": value, "dag": {"nodes": [node]}}
        yield "/v1/workflow", {"name": "d", "dag": value}
        yield "/v1/workflow", {"name": "d", "dag": {"nodes": value}}
        yield "/v1/workflow", {"name": "d", "dag": {"nodes": [node], "x": value}}
        yield "/v1/workflow", {"name": "d", "dag": {"nodes": [node, {**node, "id": "m", "dependencies": ["n", value]}]}}
        for key in (*node, "retry_config", "x"):
            yield "/v1/workflow", {"name": "d", "dag": {"nodes": [{**node, key: value}]}}
        for key in retries:
            yield "/v1/workflow", {"name": "d", "dag": {"nodes": [{**node, "retry_config": {key: value}}]}}
        for key in config:
            yield "/v1/workflow", {"name": "d", "dag": {"nodes": [{**node, "config": {"prompt": "p", key: value}}]}}
        yield (
            "/v1/workflow",
            {"name": "d", "dag": {"nodes": [node | {"handler": "branch", "config": {"cases": value}}]}},
        )
        for handler, key in (
            ("call_external_service", "url"),
            ("delay", "until"),
            ("input", "x"),
            ("transform", "value"),
        ):
            yield (
                "/v1/workflow",
                {"name": "d", "dag": {"nodes": [{**node, "handler": handler, "config": {key: value}}]}},
            )


def test_no_odd_value_anywhere_breaks_the_server(api: Api) -> None:
    for path, body in variations():
        response = api.post(path, data=json.dumps(body))
        assert response.status_code in (200, 201, 202, 400, 404, 422), (path, json.dumps(body)[:300], response.text)
    for path in ("/workflows", "/events", "/executions", "/api/workflows"):
        assert api.get(f"{path}?limit=1000").status_code == 200
    assert api.post("/events", json={}).status_code == 200


@pytest.mark.parametrize("query", ["status=WRONG", "status=", "workflow_id=x", "workflow_id=%00", "event_id=%ff"])
def test_odd_filters_find_nothing_or_are_refused(api: Api, query: str) -> None:
    api.save()
    api.fire()

    response = api.get(f"/executions?{query}")

    assert response.status_code == 422 or response.json() == []


@pytest.mark.parametrize(
    "headers", [{"Idempotency-Key": "k" * 30_000}, {"If-Match": '"\xff"'}, {"Content-Type": "text/\xff"}]
)
def test_odd_headers_do_no_harm(api: Api, headers: dict[str, str]) -> None:
    saved = api.save()

    assert api.post("/events", data=b"{}", headers=headers).status_code == 200
    assert api.put(f"/workflows/{saved['id']}", json={"name": "w"}, headers=headers).status_code in (200, 412)


def test_a_binary_event_with_odd_headers_is_taken_or_refused(api: Api) -> None:
    headers = {"ce-id": "%00%ff", "ce-source": "%ED%A0%80", "ce-type": "\xff", "ce-specversion": "1.0"}

    assert api.post("/events", data=b"{}", headers=headers).status_code in (200, 422)
    assert api.get("/events").status_code == 200

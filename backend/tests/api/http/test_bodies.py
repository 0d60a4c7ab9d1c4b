"""No body, header or query makes the API respond with a 500."""

from __future__ import annotations

import itertools
import json
import os
import socket
import zlib
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
    """One API for all tests of this module."""
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        yield api


def kept(api: Api) -> list[int]:
    """The numbers of workflows, events and executions."""
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


def test_byte_order_mark_is_ignored(api: Api) -> None:
    answer = api.post("/events", data=b'\xef\xbb\xbf{"a": 1}').json()

    assert api.get(f"/events/{answer['event_id']}").json()["payload"] == {"a": 1}


def test_hundred_levels_are_allowed(api: Api) -> None:
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


#: Of the variations, every third: each key gets a third of the values, another one than its neighbours. ``make fuzz``
#: sends all.
STEP = 1 if "FUZZ" in os.environ else 3


def test_no_odd_value_anywhere_breaks_the_server(api: Api) -> None:
    for path, body in itertools.islice(variations(), None, None, STEP):
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


def test_binary_event_with_odd_headers_is_accepted_or_refused(api: Api) -> None:
    headers = {"ce-id": "%00%ff", "ce-source": "%ED%A0%80", "ce-type": "\xff", "ce-specversion": "1.0"}

    assert api.post("/events", data=b"{}", headers=headers).status_code in (200, 422)
    assert api.get("/events").status_code == 200


# --- encodings and messages -------------------------------------------------------------------------------------------


def compress(body: bytes, bits: int) -> bytes:
    stream = zlib.compressobj(wbits=bits)
    return stream.compress(body) + stream.flush()


COMPRESSED = {
    "gzip": ("gzip", compress(b'{"a": 1}', 31)),
    "x-gzip": ("X-GZIP", compress(b'{"a": 1}', 31)),
    "two members": ("gzip", compress(b'{"a":', 31) + compress(b" 1}", 31)),
    "deflate": ("deflate", compress(b'{"a": 1}', 15)),
    "deflate without header": ("deflate", compress(b'{"a": 1}', -15)),
    "identity": ("identity", b'{"a": 1}'),
    "gzip of gzip": ("gzip, gzip", compress(compress(b'{"a": 1}', 31), 31)),
    "deflate, then gzip": ("identity, deflate, , gzip", compress(compress(b'{"a": 1}', 15), 31)),
}


@pytest.mark.parametrize(("encoding", "body"), COMPRESSED.values(), ids=COMPRESSED)
def test_compressed_event_is_read(api: Api, encoding: str, body: bytes) -> None:
    answer = api.post("/events", data=body, headers={"Content-Encoding": encoding})

    assert api.get(f"/events/{answer.json()['event_id']}").json()["payload"] == {"a": 1}


@pytest.mark.parametrize("path", PATHS)
def test_compressed_body_is_read_on_every_path(api: Api, path: str) -> None:
    body = compress(b'{"name": "w", "workflow_id": "x", "dag": {}, "steps": []}', 31)

    plain = api.post(path, data=b'{"name": "w", "workflow_id": "x", "dag": {}, "steps": []}')
    zipped = api.post(path, data=body, headers={"Content-Encoding": "gzip"})

    assert zipped.status_code == plain.status_code


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "compress", "aws-chunked", "gzip, br", "gzip,gzip,gzip,gzip", "utf-8", "x" * 500]
)
def test_other_encoding_is_refused_by_name(api: Api, encoding: str) -> None:
    answer = api.post("/events", data=b'{"a": 1}', headers={"Content-Encoding": encoding})

    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "gzip, deflate"
    assert answer.json()["detail"] == (
        f"The Content-Encoding {encoding[:100]!r} is not supported; send gzip, deflate or none, and at most 3 of them."
    )


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (compress(b'{"a": "' + b"x" * 10_000_000 + b'"}', 31), 413, "when decompressed"),
        (compress(b'{"a": 1}', 31)[:-4], 422, "incomplete"),
        (compress(b'{"a": 1}', 31)[:12], 422, "incomplete"),
        (b'{"a": 1}', 422, "The body is not gzip"),
        (b"", 422, "The body is empty"),
    ],
)
def test_wrong_gzip_is_refused(api: Api, body: bytes, status: int, message: str) -> None:
    answer = api.post("/events", data=body, headers={"Content-Encoding": "gzip"})

    assert (answer.status_code, message in answer.json()["detail"]) == (status, True)


def test_codings_inside_each_other_are_bounded(api: Api) -> None:
    bomb = compress(compress(b'{"a": "' + b"x" * 10_000_000 + b'"}', 31), 31)

    answer = api.post("/events", data=bomb, headers={"Content-Encoding": "gzip, gzip"})

    assert (answer.status_code, "when decompressed" in answer.json()["detail"]) == (413, True)


MESSAGES = {
    b"": "The body is empty; send a JSON object.",
    b" \n": "The body is empty; send a JSON object.",
    b"<order/>": "The body is XML or HTML; send JSON.",
    b"a=1&b=2": "The body is a form; send JSON.",
    '{"a": 1}'.encode("utf-16"): "The body is UTF-16 or UTF-32; send UTF-8.",
    '{"a": 1}'.encode("utf-16-le"): "The body is UTF-16 or UTF-32; send UTF-8.",
    '{"a": 1}'.encode("utf-16-be"): "The body is UTF-16 or UTF-32; send UTF-8.",
    '{"a": 1}'.encode("utf-32"): "The body is UTF-16 or UTF-32; send UTF-8.",
    b'{"a": "\xff"}': "The body is not UTF-8: byte 8 is wrong.",
    b'{"a": NaN}': "The body is not JSON: NaN is not a JSON number.",
    b'{"a": ' + b"9" * 5000 + b"}": "The body has a number of more than 4300 digits; send it as text.",
    b"[]": "An event must be a JSON object.",
}


@pytest.mark.parametrize(("body", "message"), MESSAGES.items())
def test_message_says_what_to_send(api: Api, body: bytes, message: str) -> None:
    assert api.post("/events", data=body).json()["detail"] == message


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/executions", {"workflow_id": "x", "paylod": {}}, "paylod"),
        ("/executions/workflows/x/execute", {"expense_id": "E-7"}, "expense_id"),
        ("/v1/workflow/trigger/x", {"inputs": {}}, "inputs"),
        ("/approvals/x/approve", {"aproved": False}, "aproved"),
        ("/approvals/x/action", {"approved": True, "by": "ann"}, "by"),
    ],
)
def test_unknown_key_of_a_command_is_refused(api: Api, path: str, body: dict[str, Any], key: str) -> None:
    answer = api.post(path, json=body)

    found = {tuple(problem["loc"]): problem["msg"] for problem in answer.json()["detail"]}
    assert answer.status_code == 422
    assert found["body", key] == f'The key "{key}" is unknown; GET /openapi.json lists the keys of each body.'


@pytest.mark.parametrize(
    "body",
    [
        {"name": "w", "grph": NOTE},
        {"name": "w", "graph": NOTE, "grph": 1},
        {"definition_yaml": "name: w\ntasks: [{id: t, activity_type: start}]", "grph": 1},
    ],
)
def test_unknown_key_of_a_workflow_is_a_warning(api: Api, body: dict[str, Any]) -> None:
    checked = api.post("/workflows/validate", json=body).json()

    (warning,) = [each for each in checked["warnings"] if each["code"] == "UNKNOWN_KEY"]
    assert (checked["valid"], warning["pointer"]) == (True, "/grph")
    assert warning["message"].startswith("The key `grph` of the body is unknown and was ignored.")


def test_close_key_is_suggested(api: Api) -> None:
    warnings = api.post("/workflows/validate", json={"name": "w", "grph": NOTE}).json()["warnings"]

    assert "Did you mean `graph`?" in " ".join(warning["message"] for warning in warnings)


def test_workflow_sent_back_as_read_has_no_warning(api: Api) -> None:
    saved = api.save()

    again = api.put(f"/workflows/{saved['id']}", json=api.get(f"/workflows/{saved['id']}").json()).json()

    assert again["warnings"] == saved["warnings"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/workflow", {"name": "d", "dag": {"nodes": [{"id": "a", "handler": "input"}]}, "dagg": 1}),
        (
            "/api/workflow",
            {"name": "s", "steps": [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}], "stps": 1},
        ),
    ],
)
def test_unknown_key_of_a_submission_is_kept_as_warning(api: Api, path: str, body: dict[str, Any]) -> None:
    id = api.post(path, json=body).json()
    execution = api.get(f"/executions/{id.get('execution_id') or id['workflow_id']}").json()

    warnings = api.get(f"/workflows/{execution['workflow_id']}").json()["warnings"]

    assert [warning["code"] for warning in warnings] == ["UNKNOWN_KEY"]

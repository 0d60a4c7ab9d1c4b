"""Random requests: valid ones, changed as a program or a person would get them wrong."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

#: Values that are wrong nearly everywhere, or at the edge of what is right.
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 10**400, -0.0, 1e308),
    *("", " ", "\x00", "\ud800", "é€😀", "x" * 501, "x" * 20_000, "true", "1", "0", "NaN", "-1", "1e400"),
    *("{{ payload }}", "{{ secret.X }}", "{{", "}}", "{{ a..b }}", "$event", "../../etc/passwd", "' OR 1=1 --"),
    *(
        "9999-12-31T23:59:59Z",
        "5m",
        "-5s",
        "1.5h",
        "* * * * *",
        "@daily",
        "Europe/Berlin",
        "http://[::1",
        "javascript:1",
    ),
    *([], [[]], [None], {}, {"": ""}, {"a": {"b": {"c": []}}}, {"var": "a"}, {"==": [1, 1]}, {"and": [], "or": []}),
    [1] * 300,
    {str(number): number for number in range(100)},
]
#: Keys that have a meaning somewhere.
KEYS = (
    *("id", "name", "type", "data", "nodes", "edges", "source", "target", "sourceHandle", "trigger", "graph", "kind"),
    *(
        "retry",
        "timeout",
        "on_error",
        "join",
        "max_visits",
        "compensate",
        "cases",
        "condition",
        "next",
        "else",
        "label",
    ),
    *(
        "concurrency",
        "rate_limit",
        "debounce",
        "batch",
        "schedule",
        "limit",
        "key",
        "period",
        "cron",
        "size",
        "overlap",
    ),
    *("definition_yaml", "parameters", "tasks", "depends_on", "config", "when", "dag", "dependencies", "retry_config"),
    *("workflow_id", "payload", "steps", "execution_type", "params", "approved", "approved_by", "comment", "__proto__"),
)
HEADERS: dict[str, list[str]] = {
    "Content-Type": [
        *("application/json", "text/plain", "application/x-www-form-urlencoded", "application/cloudevents+json", ""),
        *("application/cloudevents-batch+json", "application/cloudevents+avro", "multipart/form-data; boundary=x"),
    ],
    "Content-Encoding": ["gzip", "deflate", "br", "identity", "x" * 300],
    "Idempotency-Key": ["k", "", " k ", "k" * 5000, "é"],
    "If-Match": ["*", '"x"', 'W/"x", "y"', "", "," * 500],
    "Origin": ["http://localhost:5173", "https://evil.example", "null", ""],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "none", "x"],
    "ce-id": ["1", "", "%FF", "a b"],
    "ce-specversion": ["1.0", "0.3", ""],
    "ce-source": ["/s", "%E2%82%AC", '"q"'],
    "ce-type": ["t", ""],
    "ce-time": ["2026-01-01T00:00:00Z", "yesterday"],
    "Accept": ["text/html", "*/*", "application/xml"],
}
NODE_DATA: dict[str, Any] = {
    "start": {},
    "end": {},
    "delay": {"ms": 10},
    "http_call": {"url": "http://127.0.0.1:9/", "method": "POST", "body": {"a": "{{ payload.a }}"}},
    "branch": {"cases": [{"label": "x", "condition": {"==": [{"var": "a"}, 1]}, "next": "b"}, {"else": True}]},
    "human_approval": {"title": "t", "approvers": ["ann"], "needed": 1, "max_wait_time": "1h"},
    "wait_for_event": {"condition": {"==": [{"var": "a"}, 1]}, "lookback": "1m", "max_wait_time": "1h"},
    "emit_event": {"type": "t", "payload": {"a": 1}},
    "sub_workflow": {"name": "w", "payload": {}},
    "for_each": {"items": "{{ payload.items }}", "workflow": "w", "max_parallel": 2},
    "transform": {"value": {"+": [1, 2]}},
    "llm": {"prompt": "p", "temperature": 1},
    "python_function": {"function": "f", "args": []},
    "send_notification": {"toRole": "AE", "message": "m"},
}


@dataclass
class Request:
    """A request to make, and the operation that it is for."""

    method: str
    path: str
    operation: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document."""

    method: str
    path: str
    examples: tuple[Any, ...]
    queries: tuple[str, ...]


def read_operations(document: dict[str, Any]) -> list[Operation]:
    """The operations of a document, with the examples of their bodies."""
    return [
        Operation(
            method.upper(),
            path,
            tuple(
                media["example"]
                for media in operation.get("requestBody", {}).get("content", {}).values()
                if "example" in media
            ),
            tuple(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


class Fuzzer:
    """Makes requests; the same seed makes the same ones. ``ids`` are ids of things that exist."""

    def __init__(self, operations: list[Operation], ids: list[str], seed: int) -> None:
        self._operations = operations
        self._ids = ids
        self._random = random.Random(seed)

    def requests(self) -> Iterator[Request]:
        while True:
            yield self._request(self._random.choice(self._operations))

    def _request(self, operation: Operation) -> Request:
        path = operation.path
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            path = path.replace(f"{{{name}}}", quote(self._id(), safe=""))
        request = Request(operation.method, path + self._query(operation), f"{operation.method} {operation.path}")
        if operation.examples or (operation.method != "GET" and self._happens(0.2)):
            request.body = self._body(operation)
        for name in self._random.sample(sorted(HEADERS), self._random.choice([0, 0, 0, 1, 2])):
            request.headers[name] = self._random.choice(HEADERS[name]).encode().decode("latin-1")
        return request

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _id(self) -> str:
        if self._happens(0.7):
            return self._random.choice(self._ids)
        return self._random.choice(["x", "0", "%00", "\x00", "é", "a/b", "...", "x" * 2000, "{}", "null"])

    def _query(self, operation: Operation) -> str:
        if self._happens(0.7):
            return ""
        names = [*operation.queries, "x", "full", "limit", "cursor"]
        values = ["1", "0", "-1", "true", "x", "", "1e9", "9" * 30, "%00", "%F0%9F", *self._ids[:2]]
        pairs = [
            f"{self._random.choice(names)}={self._random.choice(values)}" for _ in range(self._random.choice([1, 2]))
        ]
        return "?" + "&".join(pairs)

    def _body(self, operation: Operation) -> bytes:
        document = copy.deepcopy(self._random.choice(operation.examples or ({},)))
        if operation.path.startswith("/workflows") and self._happens(0.6):
            document = {"name": "w", "trigger": True, **self._graph()}
        for _ in range(self._random.choice([0, 1, 1, 2, 3])):
            document = self._changed(document)
        body = self._text(document)
        if self._happens(0.05):
            body = body[: self._random.randrange(len(body) + 1)]
        if self._happens(0.05):
            place = self._random.randrange(len(body) + 1)
            body = body[:place] + self._random.choice([b"\x00", b"\xff", b"{", b'"', b",", b"NaN"]) + body[place:]
        return body

    def _text(self, document: Any) -> bytes:
        return json.dumps(document, ensure_ascii=self._happens(0.5)).encode(errors="surrogatepass")

    def _graph(self) -> dict[str, Any]:
        types = self._random.choices(sorted(NODE_DATA), k=self._random.randint(1, 5))
        nodes = [
            {"id": f"n{place}", "type": type, "data": copy.deepcopy(NODE_DATA[type])}
            for place, type in enumerate(types)
        ]
        names = [node["id"] for node in nodes]
        edges = [{"source": self._random.choice(names), "target": self._random.choice(names)} for _ in names[1:]]
        return {"graph": {"nodes": nodes, "edges": edges}}

    def _changed(self, value: Any) -> Any:
        """The document with one change, somewhere inside."""
        if isinstance(value, dict) and value and self._happens(0.85):
            key = self._random.choice(list(value))
            match self._random.choice(["inside", "inside", "inside", "odd", "drop", "add", "rename"]):
                case "inside":
                    return {**value, key: self._changed(value[key])}
                case "odd":
                    return {**value, key: self._odd()}
                case "drop":
                    return {name: item for name, item in value.items() if name != key}
                case "add":
                    return {**value, self._random.choice(KEYS): self._odd()}
                case _:
                    return {(name if name != key else self._random.choice(KEYS)): item for name, item in value.items()}
        if isinstance(value, list) and value and self._happens(0.85):
            place = self._random.randrange(len(value))
            changed = [self._changed(item) if at == place else item for at, item in enumerate(value)]
            return self._random.choice(
                [changed, changed, changed, value + value[:1], value[:place], [*value, self._odd()]]
            )
        return self._odd()

    def _odd(self) -> Any:
        return copy.deepcopy(self._random.choice(ODD))

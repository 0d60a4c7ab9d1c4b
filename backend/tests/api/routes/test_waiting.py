"""Warnings at the save of nodes that wait for events or post them, and matching of events with waiting steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from app.storage.ids import new_id
from app.storage.migrate import migrate
from tests.api.client import MATCH, Api, running_api
from tests.servers import Databases


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(migrate) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(url: str) -> Iterator[Api]:
    with running_api(Settings(database_url=url)) as opened:
        yield opened


def drawn(type: str, data: Any) -> dict[str, Any]:
    nodes = [{"id": "start", "type": "start"}, {"id": "it", "type": type, "data": data}]
    return {"name": "w", "graph": {"nodes": nodes, "edges": [{"source": "start", "target": "it"}]}}


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("wait_for_event", {"condition": True}),
        ("wait_for_event", {"condition": {"==": [{"var": "a"}, {"var": "$context.a"}]}, "lookback": "5m"}),
        ("wait_for_event", {"condition": True, "lookback": "{{ payload.a }}", "max_wait_time": "3d"}),
        ("emit_event", {}),
        ("emit_event", {"type": "x", "payload": {"a": "{{ payload.a }}"}}),
        ("emit_event", {"type": "{{ payload.type }}", "payload": "{{ payload.it }}"}),
    ],
)
def test_valid_approval_node_is_saved_without_warning(api: Api, type: str, data: Any) -> None:
    answer = api.post("/workflows/validate", json=drawn(type, data)).json()

    assert answer == {"valid": True, "errors": [], "warnings": []}


@pytest.mark.parametrize(
    ("type", "data", "pointer"),
    [
        ("wait_for_event", {}, "condition"),
        ("wait_for_event", {"condition": None}, "condition"),
        ("wait_for_event", {"condition": True, "lookback": "soon"}, "lookback"),
        ("wait_for_event", {"condition": True, "lookback": -1}, "lookback"),
        ("wait_for_event", {"condition": True, "max_wait_time": 0}, "max_wait_time"),
        ("emit_event", {"payload": [1]}, "payload"),
        ("emit_event", {"payload": "text"}, "payload"),
        ("emit_event", {"payload": ["{{ a }}"]}, "payload"),
        ("emit_event", {"type": ""}, "type"),
    ],
)
def test_invalid_data_is_warned_at_its_place(api: Api, type: str, data: Any, pointer: str) -> None:
    answer = api.post("/workflows/validate", json=drawn(type, data)).json()

    assert answer["errors"] == []
    (warning,) = answer["warnings"]
    assert (warning["code"], warning["pointer"]) == ("INVALID_DATA", f"/graph/nodes/1/data/{pointer}")


@pytest.mark.parametrize(("condition", "code"), [({"foo": []}, "UNKNOWN_OPERATOR"), ({"a": 1, "b": 2}, "RULE_KEYS")])
def test_invalid_condition_is_refused(api: Api, condition: Any, code: str) -> None:
    answer = api.post("/workflows", json=drawn("wait_for_event", {"condition": condition}))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["code"] == code
    assert answer.json()["detail"][0]["pointer"].startswith("/graph/nodes/1/data/condition")


def test_events_are_matched_only_while_steps_wait(api: Api, url: str) -> None:
    def write(statement: str, *values: Any) -> None:
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.close()

    api.fire({"a": 1})
    assert api.woken == []
    row = (new_id(), new_id(), "wait", 1, 1, "true", "{}", "", "", "now", [])
    write(
        "INSERT INTO subscriptions (id, execution_id, node_id, visit, attempt, condition, variables, correlation_path,"
        " correlation_key, since, ignored_events)"
        f" VALUES ({', '.join(['%s'] * 10)}, %s::uuid[])",
        *row,
    )
    api.fire({"a": 1})
    repeats = [api.fire({"a": 1}, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert api.woken == [MATCH, MATCH]
    assert repeats[1] == {**repeats[0], "repeat_of": repeats[0]["event_id"]}


def test_event_that_a_step_posted_shows_its_cause(api: Api, url: str) -> None:
    id, execution = api.fire({"a": 1})["event_id"], new_id()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events SET cause_execution_id = %s, cause_node_id = 'emit' WHERE id = %s", (execution, id)
        )
    connection.close()

    shown = api.get(f"/events/{id}").json()

    assert shown["cause"] == {"execution_id": execution, "node_id": "emit"}
    assert next(event["cause"] for event in api.get("/events").json() if event["id"] == id) == shown["cause"]

"""Children are found by their parents, and show their own steps; inline graphs are checked like any other."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api


@pytest.fixture
def database(settings: Settings) -> Any:
    with closing(psycopg2.connect(settings.database)) as connection:
        connection.autocommit = True
        yield connection.cursor()


def inner(**nodes: Any) -> dict[str, Any]:
    return {"nodes": [{"id": "start", "type": "start"}, *nodes.values()], "edges": edges(*nodes)}


def edges(*targets: str) -> list[dict[str, str]]:
    return [{"source": "start", "target": target} for target in targets]


def outer(inside: Any, **data: Any) -> dict[str, Any]:
    """start ─▶ each"""
    each = {"id": "each", "type": "for_each", "data": {"items": [1], "graph": inside, **data}}
    return inner(each=each)


def give_child(database: Any, parent: dict[str, Any], *, inside: list[str] | None) -> str:
    """A child, as the step ``each`` starts it."""
    fan_out, child = new_id(), new_id()
    where = None if inside is None else json.dumps(inside)
    database.execute(
        "INSERT INTO fan_outs (id, execution_id, node_id, visit, attempt, workflow_id, version, inline_path, depth,"
        " collects, total, next_item) VALUES (%s, %s, 'each', 1, 1, %s, 1, %s, 1, true, 5, 4)",
        (fan_out, parent["id"], parent["workflow_id"], where),
    )
    database.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, depth, fan_out_id, item, inline_path)"
        " VALUES (%s, %s, 1, 'RUNNING', '{\"item\": 7}', 1, %s, 3, %s)",
        (child, parent["workflow_id"], fan_out, where),
    )
    return child


def test_child_names_its_parent_and_is_listed_by_it(api: Api, database: Any) -> None:
    workflow = api.save(graph=outer(inner()))
    parent = api.post("/executions", json={"workflow_id": workflow["id"]}).json()
    here = give_child(database, parent, inside=["each"])
    elsewhere = give_child(database, parent, inside=None)

    listed = {each["id"] for each in api.get("/executions").json()}
    asked = {each["id"] for each in api.get("/executions", params={"parent_id": parent["id"]}).json()}

    assert parent["parent"] is None
    shown = api.get(f"/executions/{here}").json()
    assert shown["parent"] == {"execution_id": parent["id"], "node_id": "each", "index": 3}
    assert {parent["id"], elsewhere} <= listed
    assert here not in listed
    assert asked == {here, elsewhere}
    assert api.get("/executions", params={"parent_id": "nobody"}).json() == []


def test_inline_child_cannot_be_triggered_alone(api: Api, database: Any) -> None:
    workflow = api.save(graph=outer(inner()))
    parent = api.post("/executions", json={"workflow_id": workflow["id"]}).json()
    here = give_child(database, parent, inside=["each"])
    elsewhere = give_child(database, parent, inside=None)
    database.execute("UPDATE executions SET status = 'COMPLETED' WHERE id IN (%s, %s)", (here, elsewhere))

    refused = api.post(f"/v1/workflow/trigger/{here}")

    assert (refused.status_code, parent["id"] in refused.json()["detail"]) == (409, True)
    assert api.post(f"/v1/workflow/trigger/{elsewhere}").status_code == 200


def test_child_shows_the_steps_of_the_graph_that_it_runs(api: Api, database: Any) -> None:
    say = {"id": "say", "type": "transform", "data": {"value": 1}}
    workflow = api.save(graph=outer(inner(say=say)))
    parent = api.post("/executions", json={"workflow_id": workflow["id"]}).json()
    child = give_child(database, parent, inside=["each"])
    database.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, output, started_at)"
        " VALUES (%s, 'start', 1, 1, gen_random_uuid(), 'start', 'COMPLETED', '{\"item\": 7}', now())",
        (child,),
    )

    (step,) = api.get(f"/executions/{child}/steps").json()

    assert (step["node_id"], step["input"]) == ("start", {"item": 7})


def test_inline_graph_is_checked_like_any_graph(api: Api) -> None:
    twice = {"nodes": [{"id": "a", "type": "start"}, {"id": "a", "type": "end"}], "edges": []}

    response = api.post("/workflows", json={"name": "w", "graph": outer(twice)})

    assert response.status_code == 422
    problem = response.json()["detail"][0]
    assert problem["code"] == "DUPLICATE_NODE_ID"
    assert problem["pointer"].startswith("/graph/nodes/1/data/graph/nodes/")
    assert "each" in problem["message"]


@pytest.mark.parametrize("graph", [[], "graph", 7, {"nodes": 5}, {"nodes": [{"id": "a"}], "edges": [{"source": "b"}]}])
def test_invalid_inline_graph_is_refused_or_warned(api: Api, graph: Any) -> None:
    answer = api.post("/workflows/validate", json={"name": "w", "graph": outer(graph)}).json()

    assert answer["errors"] or answer["warnings"]


def test_warnings_of_a_graph_in_place_say_where_it_is(api: Api) -> None:
    strange = {"id": "strange", "type": "no_such_type"}

    saved = api.save(graph=outer(inner(strange=strange)))

    (warning,) = saved["warnings"]
    assert warning["code"] == "UNKNOWN_NODE_TYPE"
    assert warning["pointer"] == "/graph/nodes/1/data/graph/nodes/1/type"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"items": 7}, "must be a list"),
        ({"items": [1], "max_parallel": 0}, "max_parallel"),
        ({"items": [1], "max_parallel": "many"}, "max_parallel"),
        ({"items": [1], "graph": None}, "set workflow, workflow_id or graph"),
        ({"items": [1], "max_wait_time": "soon"}, "max_wait_time"),
    ],
)
def test_data_that_is_wrong_is_warned_of(api: Api, data: dict[str, Any], words: str) -> None:
    saved = api.save(graph=outer(inner(), **data))

    assert words in saved["warnings"][0]["message"]


def test_template_in_a_payload_for_each_item_is_checked(api: Api) -> None:
    saved = api.save(graph=outer(inner(), payload={"a": "{{ item.x }}", "b": "{{ no path }}"}))

    (warning,) = saved["warnings"]
    assert warning["code"] == "INVALID_TEMPLATE"

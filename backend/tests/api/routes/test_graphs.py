"""Compiled graphs, as a canvas needs them: of each dialect, of executions, and of documents that are not saved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import FETCHER, NOTE, Api

#   route ──hot──▶ tell      (lost: never reached)
#      └───────── next ──▶ keep
ROUTES: dict[str, Any] = {
    "nodes": [
        {"id": "box", "type": "group", "position": {"x": 100, "y": 50}},
        {
            "id": "route",
            "type": "branch",
            "parentId": "box",
            "position": {"x": 10, "y": 5},
            "data": {
                "label": " Route <b> ",
                "cases": [
                    {"label": "hot", "condition": {">": [{"var": "score"}, 75]}},
                    {"else": True, "next": "keep"},
                ],
            },
        },
        {"id": "tell", "type": "send_notification", "data": {"toRole": "AE", "message": "Hot"}},
        {"id": "keep", "type": "transform", "position": {"x": "a", "y": 1}, "data": {"value": 1}},
        {"id": "lost", "type": "end"},
    ],
    "edges": [
        {"id": "e1", "source": "route", "target": "tell", "sourceHandle": "hot"},
    ],
}
TASKS = "name: greeting\ntasks:\n  - {id: greet, name: Greet, activity_type: transform, config: {value: 1}}\n"


def test_graph_of_version_has_what_a_canvas_draws(api: Api) -> None:
    workflow = api.save(graph=ROUTES)

    found = api.get(f"/workflows/{workflow['id']}/versions/1/graph").json()

    nodes = {node["id"]: node for node in found["nodes"]}
    assert nodes["route"]["title"] == "Route <b>"
    assert nodes["route"]["handles"] == ["hot", "else", "error"]
    assert nodes["route"]["position"] == {"x": 110, "y": 55}
    assert (nodes["tell"]["title"], nodes["tell"]["position"], nodes["keep"]["position"]) == ("tell", None, None)
    assert found["edges"] == [
        {"source": "route", "target": "tell", "handle": "hot", "implied": False},
        {"source": "route", "target": "keep", "handle": None, "implied": True},
    ]
    assert "box" not in nodes


@pytest.mark.parametrize(
    ("body", "nodes"),
    [
        ({"definition_yaml": TASKS}, [("greet", "transform", "Greet")]),
        ({"name": "w", "graph": NOTE}, [("start", "start", "start"), ("note", "send_notification", "note")]),
    ],
)
def test_every_dialect_has_a_graph(api: Api, body: dict[str, Any], nodes: list[tuple[str, str, str]]) -> None:
    workflow = api.post("/workflows", json=body).json()

    found = api.get(f"/workflows/{workflow['id']}/versions/1/graph").json()

    assert [(node["id"], node["type"], node["title"]) for node in found["nodes"]] == nodes


def test_graph_of_execution_is_that_of_its_version(api: Api) -> None:
    execution = api.post("/v1/workflow", json=FETCHER).json()["execution_id"]

    found = api.get(f"/executions/{execution}/graph").json()

    assert found["entries"] == ["input"]
    assert {(edge["source"], edge["target"]) for edge in found["edges"]} == {
        *(("input", "get_user"), ("input", "get_posts"), ("get_user", "output"), ("get_posts", "output"))
    }


def test_missing_version_is_404(api: Api) -> None:
    workflow = api.save(name="Lead routing")

    answer = api.get(f"/workflows/{workflow['id']}/versions/2/graph")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "The workflow Lead routing has no version 2; its newest is 1."


def test_unsaved_workflow_is_compiled_with_its_problems(api: Api) -> None:
    answer = api.post("/workflows/compile", json={"name": "w", "graph": ROUTES, "trigger": {"nope": []}}).json()

    assert [node["id"] for node in answer["graph"]["nodes"]] == ["route", "tell", "keep", "lost"]
    assert [node["runs"] for node in answer["graph"]["nodes"]] == [True, True, True, True]
    assert answer["graph"]["nodes"][0]["pointer"] == "/graph/nodes/1/data"
    assert [problem["pointer"] for problem in answer["errors"]] == ["/trigger"]


def test_document_that_cannot_be_compiled_has_errors(api: Api) -> None:
    graph = {"nodes": [{"id": "a", "type": "end"}, {"id": "a", "type": "end"}], "edges": []}

    answer = api.post("/workflows/compile", json={"name": "w", "graph": graph}).json()

    assert answer["graph"] is None
    assert answer["errors"]


def test_body_is_compiled_in_the_kind_of_its_workflow(api: Api) -> None:
    execution = api.post("/v1/workflow", json=FETCHER).json()["execution_id"]
    workflow = api.get(f"/executions/{execution}").json()["workflow_id"]

    body = {"name": "w", "dag": {"nodes": [{"id": "only", "handler": "input"}]}}
    answer = api.post(f"/workflows/compile?workflow_id={workflow}", json=body).json()

    assert [(node["id"], node["type"]) for node in answer["graph"]["nodes"]] == [("only", "input")]


def test_compile_takes_posts_only(api: Api) -> None:
    assert api.get("/workflows/compile").status_code == 405

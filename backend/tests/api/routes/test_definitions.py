"""Definitions in YAML: saved, returned as they were written, and started with parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.api.client import FETCHER, NOTE, Api, running_api

#   a ─▶ b
GREETING = """\
name: greeting     # who is greeted comes with the execution
version: 1.0
description: "Greets"
parameters:
  - {name: who, type: string}
  - {name: times, type: integer, required: false, default: 2}
tasks:
  - id: a
    name: "First"
    type: activity
    activity_type: transform
    config: {value: {var: who}}
  - id: b
    activity_type: send_notification
    depends_on: [a]
    config: {toUser: "{{ who }}", message: "{{ times }} times hello {{ a.output }}"}
"""


def define(api: Api, text: str = GREETING, **body: Any) -> dict[str, Any]:
    response = api.post("/workflows", json={"definition_yaml": text, **body})
    assert response.status_code == 201, response.text
    workflow: dict[str, Any] = response.json()
    return workflow


def test_text_comes_back_as_it_was(api: Api) -> None:
    saved = define(api)

    assert saved["definition_yaml"] == GREETING
    assert (saved["name"], saved["description"], saved["kind"]) == ("greeting", "Greets", "tasks")
    assert (saved["version"], saved["definition_version"]) == (1, "1.0")
    assert [node["id"] for node in saved["graph"]["nodes"]] == ["a", "b"]
    assert [(edge["source"], edge["target"]) for edge in saved["graph"]["edges"]] == [("a", "b")]
    assert api.get(f"/workflows/{saved['id']}").json() == saved
    assert api.get("/workflows").json() == [saved]


def test_name_of_one_kind_is_free_for_the_others(api: Api) -> None:
    define(api)
    steps = [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]

    submitted = api.post("/v1/workflow", json={**FETCHER, "name": "greeting"})
    posted = api.post("/api/workflow", json={"name": "greeting", "steps": steps})
    api.save(name="greeting")

    assert (submitted.status_code, posted.status_code) == (202, 202)
    assert sorted(workflow["kind"] for workflow in api.get("/workflows").json()) == ["dag", "graph", "steps", "tasks"]


def test_names_of_definitions_are_unique_and_the_bodys_wins(api: Api) -> None:
    first = define(api)
    second = define(api, name="another")

    taken = api.post("/workflows", json={"definition_yaml": GREETING})
    renamed = api.put(f"/workflows/{second['id']}", json={"definition_yaml": GREETING})
    api.delete(f"/workflows/{first['id']}")
    again = api.post("/workflows", json={"definition_yaml": GREETING})

    assert second["name"] == "another"
    assert (taken.status_code, taken.json()) == (409, {"detail": "There is a workflow of the name greeting already."})
    assert renamed.status_code == 409
    assert again.status_code == 201
    assert api.post("/workflows", json={"name": "greeting", "graph": NOTE}).status_code == 201


def test_changed_task_is_new_version_changed_comment_is_not(api: Api) -> None:
    saved = define(api)
    url = f"/workflows/{saved['id']}"

    commented = api.put(url, json={"definition_yaml": GREETING.replace("# who", "# Who")}).json()
    changed = api.put(url, json={"definition_yaml": GREETING.replace("hello", "goodbye")}).json()
    kept = api.put(url, json={"name": "greeting", "trigger": True}).json()

    assert [version["version"] for version in (commented, changed, kept)] == [1, 2, 2]
    assert "# Who" in commented["definition_yaml"]
    assert kept["definition_yaml"] == changed["definition_yaml"]
    assert kept["trigger"] is True


def test_kind_of_a_workflow_cannot_change(api: Api) -> None:
    drawn, written = api.save(), define(api)

    for id, body in ((drawn["id"], {"definition_yaml": GREETING}), (written["id"], {"name": "w", "graph": NOTE})):
        response = api.put(f"/workflows/{id}", json=body)

        assert response.status_code == 409
        assert "cannot become" in response.json()["detail"]


@pytest.mark.parametrize(
    ("text", "code", "named", "pointer"),
    [
        ("name: w", "NO_TASKS", "no tasks", "/tasks"),
        ("tasks: [{id: a, activity_type: end}]", "MISSING_NAME", "no name", "/name"),
        ("name: w\ntasks: [{id: x1, activity_type: nope}]", "UNKNOWN_NODE_TYPE", "x1", "/tasks/0/activity_type"),
        ("name: w\ntasks: [{id: x1, activity_type: http_request}]", "INVALID_DATA", "x1", "/tasks/0/config/url"),
        (
            "name: w\ntasks: [{id: x1, activity_type: python_function, config: {function: os.system}}]",
            "INVALID_DATA",
            "os.system",
            "/tasks/0/config/function",
        ),
        (
            "name: w\ntasks: [{id: x1, activity_type: transform, config: {value: {nope: 1}}}]",
            "UNKNOWN_OPERATOR",
            "x1",
            "/tasks/0/config/value",
        ),
        (
            'name: w\ntasks: [{id: x1, activity_type: end, config: {note: "{{ a + b }}"}}]',
            "INVALID_TEMPLATE",
            "x1",
            "/tasks/0/config/note",
        ),
        ("name: w\ntasks: [{id: x1, activity_type: end, depends_on: [z]}]", "UNKNOWN_DEPENDENCY", "z", "/tasks/0/"),
        ("name: w\ntrigger: {nope: 1}\ntasks: [{id: a, activity_type: end}]", "UNKNOWN_OPERATOR", "nope", "/trigger"),
        ("name: w\nname: v", "INVALID_YAML", "Line 2", ""),
        ("a: &a [*a]", "INVALID_YAML", "Line 1", ""),
    ],
)
def test_definition_that_is_wrong_is_refused_at_its_place(
    api: Api, text: str, code: str, named: str, pointer: str
) -> None:
    response = api.post("/workflows", json={"definition_yaml": text})

    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["code"] == code
    assert named in problem["message"]
    assert problem["pointer"].startswith(pointer)
    assert api.post("/workflows/validate", json={"definition_yaml": text}).json()["errors"] == [problem]
    assert api.get("/workflows").json() == []


@pytest.mark.parametrize("text", [1, ["a"], {"name": "w"}])
def test_definition_must_be_text(api: Api, text: Any) -> None:
    assert api.post("/workflows", json={"definition_yaml": text}).status_code == 422


def test_execution_gets_parameters_and_defaults(api: Api) -> None:
    saved = define(api)

    response = api.post(f"/executions/workflows/{saved['id']}/execute", json={"parameters": {"who": "Ada"}})

    execution = response.json()
    assert response.status_code == 201
    assert (execution["status"], execution["kind"], execution["result"]) == ("PENDING", "tasks", None)
    assert execution["context"] == {"who": "Ada", "times": 2}
    assert [wake_up.execution_id for wake_up in api.woken] == [execution["id"]]
    assert api.get(f"/executions/{execution['id']}").json() == execution
    assert api.get(f"/executions/{execution['id']}/status").json() == {
        "id": execution["id"],
        "workflow_id": saved["id"],
        "status": "PENDING",
        "error": None,
        "started_at": None,
        "finished_at": None,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("MISSING_PARAMETER", "/parameters/who")]),
        (
            {"who": 1, "times": "x"},
            [("INVALID_PARAMETER", "/parameters/who"), ("INVALID_PARAMETER", "/parameters/times")],
        ),
    ],
)
def test_parameters_that_do_not_fit_are_named(api: Api, given: Any, expected: list[Any]) -> None:
    id = define(api)["id"]

    for response in (
        api.post(f"/executions/workflows/{id}/execute", json={"parameters": given}),
        api.post("/executions", json={"workflow_id": id, "payload": given}),
    ):
        assert response.status_code == 422
        assert [(problem["code"], problem["pointer"]) for problem in response.json()["detail"]] == expected
        assert all(problem["pointer"].rpartition("/")[2] in problem["message"] for problem in response.json()["detail"])
    assert api.woken == []


def test_drawn_workflow_is_executed_the_same_way(api: Api) -> None:
    saved = api.save()

    with_parameters = api.post(f"/executions/workflows/{saved['id']}/execute", json={"parameters": {"a": 1}})
    without = api.post(f"/executions/workflows/{saved['id']}/execute")

    assert (with_parameters.status_code, with_parameters.json()["context"]) == (201, {"a": 1})
    assert (without.status_code, without.json()["context"]) == (201, {})


@pytest.mark.parametrize("body", ['{"parameters": []}', "[]", '{"parameters": 1}', "{"])
def test_odd_bodies_are_refused(api: Api, body: str) -> None:
    assert api.post(f"/executions/workflows/{define(api)['id']}/execute", data=body).status_code == 422


@pytest.mark.parametrize("id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_unknown_id_is_not_found(api: Api, id: str) -> None:
    assert api.post(f"/executions/workflows/{id}/execute", json={}).status_code == 404
    assert api.get(f"/executions/{id}/status").status_code == 404


def test_definition_may_have_a_trigger(api: Api) -> None:
    define(api, GREETING + 'trigger: {"==": [{var: kind}, "greet"]}\n')

    assert [api.fire({"kind": "greet", "who": "Ada"})["matched"], api.fire({"kind": "other"})["matched"]] == [1, 0]


def test_files_are_registered_when_an_api_starts(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "greeting.yaml").write_text(GREETING)
    (tmp_path / "broken.yaml").write_text("name: broken\ntasks: [")
    (tmp_path / "notes.txt").write_text("none of ours")
    here = settings.model_copy(update={"workflows_dir": str(tmp_path)})

    with running_api(here) as first:
        (registered,) = first.get("/workflows").json()
        first.put(f"/workflows/{registered['id']}", json={"name": "greeting", "is_active": False})
    with running_api(here) as second:
        (unchanged,) = second.get("/workflows").json()
    (tmp_path / "greeting.yaml").write_text(GREETING.replace("hello", "goodbye"))
    with running_api(here) as third:
        (changed,) = third.get("/workflows").json()

    assert (registered["name"], registered["version"], registered["definition_yaml"]) == ("greeting", 1, GREETING)
    assert (unchanged["id"], unchanged["version"], changed["id"], changed["version"]) == (
        (registered["id"], 1, registered["id"], 2)
    )
    assert changed["is_active"] is False


def test_concurrent_saves_of_one_name_make_one_workflow(start_api: Callable[[], Api]) -> None:
    one, other = start_api(), start_api()

    codes = sorted(each.post("/workflows", json={"definition_yaml": GREETING}).status_code for each in (one, other))

    assert codes == [201, 409]

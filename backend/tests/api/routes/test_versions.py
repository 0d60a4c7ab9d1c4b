"""The versions of a workflow: listed with what changed, read, and made current again; in every dialect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import FETCHER, NOTE, Api

TASKS = "name: greeting\ntasks:\n  - {id: greet, activity_type: transform, config: {value: %s}}\n"
STEPS = [{"execution_type": "sequential", "tasks": [{"name": "task_a", "params": {}}]}]
END = {"id": "end", "type": "end"}
TO_END = {"id": "e2", "source": "note", "target": "end"}
LONGER = {"nodes": [*NOTE["nodes"], END], "edges": [*NOTE["edges"], TO_END]}


def versions(api: Api, workflow_id: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/workflows/{workflow_id}/versions{query}").json()
    return found


def test_versions_say_what_changed(api: Api) -> None:
    saved = api.save(trigger={"var": "x"})
    path = f"/workflows/{saved['id']}"
    api.put(path, json={"name": "w", "graph": LONGER, "trigger": {"var": "y"}})
    api.put(path, json={"name": "w", "trigger": {"var": "y"}, "concurrency": {"limit": 1}})

    newest, first = versions(api, saved["id"])

    assert (newest["version"], newest["is_current"], newest["by"]) == (2, True, None)
    assert newest["changes"] == {
        **{"nodes_added": 1, "nodes_removed": 0, "nodes_changed": 0, "edges_added": 1, "edges_removed": 0},
        **{"trigger": True, "settings": True},
    }
    assert (first["version"], first["is_current"], first["changes"]) == (1, False, None)


def test_versions_come_in_pages(api: Api) -> None:
    saved = api.save()
    for number in range(3):
        note = {"id": "note", "type": "send_notification", "data": {"toRole": "AE", "message": str(number)}}
        graph = {**NOTE, "nodes": [NOTE["nodes"][0], note]}
        api.put(f"/workflows/{saved['id']}", json={"name": "w", "graph": graph})

    page = api.get(f"/workflows/{saved['id']}/versions?limit=2")
    rest = api.get(page.links["next"]["url"])

    assert [row["version"] for row in (*page.json(), *rest.json())] == [4, 3, 2, 1]
    assert [row["changes"] and row["changes"]["nodes_changed"] for row in (*page.json(), *rest.json())] == [
        1,
        1,
        1,
        None,
    ]
    assert "next" not in rest.links


@pytest.mark.parametrize("kind", ["graph", "tasks", "dag", "steps"])
def test_version_is_made_current_again(api: Api, kind: str) -> None:
    if kind == "graph":
        saved = api.save(name="w")
        api.put(f"/workflows/{saved['id']}", json={"name": "renamed", "graph": LONGER, "trigger": {"var": "y"}})
    elif kind == "tasks":
        saved = api.post("/workflows", json={"definition_yaml": TASKS % 1}).json()
        api.put(f"/workflows/{saved['id']}", json={"definition_yaml": TASKS % 2, "name": "renamed"})
    elif kind == "dag":
        api.post("/v1/workflow", json=FETCHER)
        saved = api.get("/workflows").json()[0]
        dag = {"nodes": [*FETCHER["dag"]["nodes"][:3]]}
        api.put(f"/workflows/{saved['id']}", json={"name": "renamed", "dag": dag})
    else:
        api.post("/api/workflow", json={"name": "w", "steps": STEPS})
        saved = api.get("/workflows").json()[0]
        api.put(
            f"/workflows/{saved['id']}", json={"name": "renamed", "steps": [{**STEPS[0], "execution_type": "parallel"}]}
        )
    path = f"/workflows/{saved['id']}"
    now = api.get(path)
    assert (now.json()["version"], now.json()["name"], now.json()["kind"]) == (2, "renamed", kind), now.text

    response = api.post(f"{path}/versions/1/restore", headers={"If-Match": now.headers["ETag"]})

    restored = response.json()
    assert response.status_code == 200, response.text
    assert (restored["version"], restored["name"], restored["trigger"]) == (3, "renamed", now.json()["trigger"])
    member = {"graph": "graph", "tasks": "definition_yaml", "dag": "dag", "steps": "steps"}[kind]
    assert restored[member] == saved[member]
    assert api.get(f"{path}/versions/3").json()["text"] == api.get(f"{path}/versions/1").json()["text"]
    assert api.get(path).headers["ETag"] == response.headers["ETag"]


def test_restored_numbers_keep_their_text(api: Api) -> None:
    numbers = "[0.1000000000000000055,9007199254740993,1.10]"
    node = f'{{"id":"a","type":"transform","data":{{"value":{numbers}}}}}'
    saved = api.post("/workflows", data=f'{{"name":"exact","graph":{{"nodes":[{node}],"edges":[]}}}}').json()
    api.put(f"/workflows/{saved['id']}", json={"name": "exact", "graph": NOTE})

    response = api.post(f"/workflows/{saved['id']}/versions/1/restore")

    assert f'"value":{numbers}' in response.text


def test_restore_of_current_version_is_no_new_version(api: Api) -> None:
    saved = api.save()

    assert api.post(f"/workflows/{saved['id']}/versions/1/restore").json()["version"] == 1


def test_restore_overwrites_nobody(api: Api) -> None:
    saved = api.save()
    path = f"/workflows/{saved['id']}"
    tag = api.get(path).headers["ETag"]
    api.put(path, json={"name": "w", "graph": LONGER})

    response = api.post(f"{path}/versions/1/restore", headers={"If-Match": tag})

    assert response.status_code == 412
    assert api.get(path).json()["version"] == 2


def test_text_of_version_is_as_it_was_written(api: Api) -> None:
    saved = api.post("/workflows", json={"definition_yaml": TASKS % "Grüße"}).json()

    found = api.get(f"/workflows/{saved['id']}/versions/1").json()

    assert (found["text"], found["language"], found["trigger"]) == (TASKS % "Grüße", "yaml", None)


@pytest.mark.parametrize(("path", "method"), [("", "GET"), ("/restore", "POST")])
@pytest.mark.parametrize("number", ["7", "2147483647", "0", "x"])
def test_unknown_version_is_named(api: Api, path: str, method: str, number: str) -> None:
    saved = api.save(name="Leads")

    response = api.request(method, f"/workflows/{saved['id']}/versions/{number}{path}")

    assert response.status_code == (422 if number in "0x" else 404)
    if response.status_code == 404:
        assert response.json()["detail"] == f"The workflow Leads has no version {number}; its newest is 1."

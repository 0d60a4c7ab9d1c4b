"""The past of workflows: each save is a revision, and each event names the one whose triggers it met."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.settings import Settings
from tests.api.client import FETCHER, Api, running_api


def revisions(api: Api, workflow_id: str) -> list[dict[str, Any]]:
    """The revisions of a workflow, the oldest first."""
    found: list[dict[str, Any]] = api.get(f"/workflows/{workflow_id}/revisions?limit=1000").json()
    return found[::-1]


def test_each_save_is_a_revision(api: Api) -> None:
    saved = api.save(name="a", trigger={"var": "x"}, debounce={"period": "2s"})
    path = f"/workflows/{saved['id']}"
    body = {"name": "b", "trigger": {"var": "y"}}

    api.put(path, json=body)
    api.put(path, json={**body, "is_active": False})
    api.delete(path)

    found = revisions(api, saved["id"])
    assert [row["name"] for row in found] == ["a", "b", "b", "b"]
    assert [row["trigger"] for row in found] == [{"var": "x"}, *[{"var": "y"}] * 3]
    assert [row["flow"] for row in found] == [{"debounce": {"period": "2s"}}, None, None, None]
    assert [row["is_active"] for row in found] == [True, True, False, False]
    assert [row["deleted"] for row in found] == [False, False, False, True]
    assert [row["version"] for row in found] == [1, 1, 1, 1]
    assert [row["by"] for row in found] == [None] * 4
    assert sorted({row["revision"] for row in found}) == [row["revision"] for row in found]
    assert sorted({row["at"] for row in found}) == [row["at"] for row in found]


def test_unknown_workflow_has_no_revisions(api: Api) -> None:
    response = api.get("/workflows/0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30/revisions")

    assert response.status_code == 404
    assert api.get("/workflows/x/revisions").status_code == 404


def test_revisions_come_in_pages(api: Api) -> None:
    saved = api.save()
    for number in range(4):
        api.put(f"/workflows/{saved['id']}", json={"name": f"w{number}"})

    first = api.get(f"/workflows/{saved['id']}/revisions?limit=3")
    second = api.get(first.links["next"]["url"])

    assert [row["name"] for row in (*first.json(), *second.json())] == ["w3", "w2", "w1", "w0", "w"]
    assert "next" not in second.links


def test_saves_of_all_dialects_and_files_are_kept(
    settings: Settings, start_api: Callable[[], Api], tmp_path: Path
) -> None:
    api = start_api()
    tasks = {"definition_yaml": "name: t\ntasks: [{id: a, activity_type: transform, config: {value: 1}}]"}
    ids = [api.post("/workflows", json=tasks).json()["id"]]
    submitted = api.post("/v1/workflow", json=FETCHER).json()["execution_id"]
    stepwise = {"name": "s", "steps": [{"execution_type": "sequential", "tasks": [{"name": "task_a"}]}]}
    posted = api.post("/api/workflow", json=stepwise)
    assert posted.status_code < 300, posted.text
    (tmp_path / "f.yaml").write_text(tasks["definition_yaml"].replace("name: t", "name: f"))
    with running_api(Settings(database_url=settings.database_url, workflows_dir=str(tmp_path))) as second:
        assert second.get("/health").ok

    saved = {workflow["name"]: workflow["id"] for workflow in api.get("/workflows").json()}
    assert api.get(f"/executions/{submitted}").json()["workflow_id"] in saved.values()
    assert len(saved) == 4
    assert ids[0] in saved.values()
    assert [len(revisions(api, id)) for id in saved.values()] == [1] * 4


def test_event_names_the_revision_that_it_met(api: Api) -> None:
    saved = api.save()
    event = api.get(f"/events/{api.fire()['event_id']}").json()
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": False})
    later = api.get(f"/events/{api.fire()['event_id']}").json()

    first, second = revisions(api, saved["id"])

    assert first["revision"] <= event["revision"] < second["revision"] <= later["revision"]
    assert [shown["revision"] for shown in api.get("/events").json()] == [later["revision"], event["revision"]]


def test_events_met_exactly_the_triggers_of_their_revision(start_api: Callable[[], Api]) -> None:
    apis = [start_api(), start_api()]
    saved = apis[0].save(trigger={"==": [{"var": "n"}, 0]})

    def save_and_fire(number: int) -> tuple[str, int, bool]:
        api = apis[number % 2]
        if number % 3 == 0:
            body = {"name": "w", "trigger": {"==": [{"var": "n"}, number % 2]}}
            assert api.put(f"/workflows/{saved['id']}", json=body).status_code == 200
        answer = api.fire({"n": number % 2})
        return answer["event_id"], number % 2, answer["matched"] == 1

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(save_and_fire, range(120)))

    kept = revisions(apis[0], saved["id"])
    for event_id, value, matched in outcomes:
        at = apis[0].get(f"/events/{event_id}").json()["revision"]
        met = [row["trigger"] for row in kept if row["revision"] <= at][-1]
        assert matched == (met["=="][1] == value)


def test_coverage_counts_executions_and_events(api: Api) -> None:
    saved = api.save(trigger={">": [{"var": "n"}, 1]})
    for n in range(3):
        api.fire({"n": n})

    found = api.get(f"/workflows/{saved['id']}/coverage").json()

    assert (found["version"], found["executions"]) == (1, 1)
    assert found["nodes"] == [{"id": "start", "taken": 0}, {"id": "note", "taken": 0}]
    assert found["edges"] == [{"source": "start", "target": "note", "handle": None, "taken": 0}]
    assert found["clauses"] == [{"pointer": "", "words": "`n` > 1", "true": 1, "false": 2}]
    later = api.get(f"/workflows/{saved['id']}/coverage?since=2100-01-01T00:00:00Z").json()
    assert (later["executions"], later["clauses"][0]["true"]) == (0, 0)
    assert api.get("/workflows/x/coverage").status_code == 404

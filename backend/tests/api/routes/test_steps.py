"""The routes below ``/api``: steps are posted, saved as workflows, and shown task by task."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings
from tests.api.client import Api, running_api

#: Exactly what the first users of these routes posted.
SAMPLE: dict[str, Any] = {
    "name": "sample_workflow",
    "steps": [
        {
            "execution_type": "sequential",
            "tasks": [
                {"name": "task_a", "params": {"timeout": 30}},
                {"name": "task_b", "params": {"retry_count": 3}},
            ],
        },
        {"execution_type": "parallel", "tasks": [{"name": "task_c", "params": {"priority": "high"}}]},
    ],
}


def steps(*names: str, type: str = "sequential", **params: Any) -> list[dict[str, Any]]:
    return [{"execution_type": type, "tasks": [{"name": name, "params": params} for name in names]}]


def submit(api: Api, body: Any = SAMPLE) -> str:
    response = api.post("/api/workflow", json=body)
    assert response.status_code == 202, response.text
    id: str = response.json()["workflow_id"]
    return id


def test_posted_steps_are_accepted_and_published(api: Api) -> None:
    response = api.post("/api/workflow", json=SAMPLE)

    answer = response.json()
    assert response.status_code == 202
    assert set(answer) == {"workflow_id", "status", "message"}
    assert answer["status"] == "pending"
    assert "sample_workflow" in answer["message"]
    assert [wake_up.execution_id for wake_up in api.woken] == [answer["workflow_id"]]


def test_numbers_of_params_keep_their_text(api: Api) -> None:
    numbers = "[0.1000000000000000055,9007199254740993,1.10]"
    task = f'{{"name":"transform","params":{{"value":{numbers}}}}}'

    posted = api.post(
        "/api/workflow", data=f'{{"name":"exact","steps":[{{"execution_type":"sequential","tasks":[{task}]}}]}}'
    )

    assert posted.status_code == 202, posted.text
    execution = api.get(f"/executions/{posted.json()['workflow_id']}").json()
    assert f'"value":{numbers}' in api.get(f"/workflows/{execution['workflow_id']}").text


def test_pending_execution_lists_every_task(api: Api) -> None:
    id = submit(api)

    view = api.get(f"/api/workflow/{id}").json()

    def pending(name: str) -> dict[str, Any]:
        return {"name": name, "status": "pending", "result": None}

    assert view == {
        "id": id,
        "name": "sample_workflow",
        "status": "pending",
        "steps": {
            "0": {
                "execution_type": "sequential",
                "status": "pending",
                "tasks": {"task_a": pending("task_a"), "task_b": pending("task_b")},
            },
            "1": {"execution_type": "parallel", "status": "pending", "tasks": {"task_c": pending("task_c")}},
        },
        "created_at": view["created_at"],
        "updated_at": view["created_at"],
    }


def test_both_tasks_of_one_name_are_listed(api: Api) -> None:
    id = submit(api, {"name": "w", "steps": steps("task_a", "task_a", type="parallel")})

    assert list(api.get(f"/api/workflow/{id}").json()["steps"]["0"]["tasks"]) == ["task_a", "task_a#2"]


def test_execution_is_listed_by_other_routes(api: Api) -> None:
    id = submit(api)

    execution = api.get(f"/executions/{id}").json()
    workflow = api.get(f"/workflows/{execution['workflow_id']}").json()

    assert (execution["status"], execution["kind"], execution["context"]) == ("PENDING", "steps", {})
    assert api.get(f"/executions/{id}/steps").json() == []
    assert (workflow["kind"], workflow["name"], workflow["steps"]) == ("steps", "sample_workflow", SAMPLE["steps"])
    assert [node["id"] for node in workflow["graph"]["nodes"]] == ["0.task_a", "0.task_b", "1.task_c"]


def test_changed_steps_make_a_new_version(api: Api) -> None:
    other = {**SAMPLE, "steps": SAMPLE["steps"][:1]}
    bodies = [SAMPLE, SAMPLE, other, SAMPLE, {**SAMPLE, "name": "another"}]

    executions = [api.get(f"/executions/{submit(api, body)}").json() for body in bodies]

    first = executions[0]["workflow_id"]
    assert [execution["workflow_id"] == first for execution in executions] == [True, True, True, True, False]
    assert [execution["version"] for execution in executions] == [1, 1, 2, 3, 1]
    assert len(api.get("/workflows").json()) == 2


def test_one_and_true_are_not_the_same_steps(api: Api) -> None:
    bodies = [{"name": "w", "steps": steps("task_a", flag=flag)} for flag in (1, True, 1.0)]

    versions = [api.get(f"/executions/{submit(api, body)}").json()["version"] for body in bodies]

    assert versions == [1, 2, 3]


def test_execution_is_shown_with_its_own_version(api: Api) -> None:
    first = submit(api)
    submit(api, {**SAMPLE, "steps": steps("task_c")})

    assert list(api.get(f"/api/workflow/{first}").json()["steps"]) == ["0", "1"]


def test_resubmission_keeps_other_members(api: Api) -> None:
    id = api.get(f"/executions/{submit(api)}").json()["workflow_id"]
    changes = {"name": "sample_workflow", "trigger": True, "description": "Mine", "is_active": False}
    changes |= {"concurrency": {"limit": 1}, "schedule": {"cron": "0 4 * * *"}}
    assert api.put(f"/workflows/{id}", json=changes).status_code == 200

    submit(api, {**SAMPLE, "steps": steps("task_b")})

    saved = api.get(f"/workflows/{id}").json()
    assert {key: saved[key] for key in changes} == changes
    assert (saved["version"], saved["steps"]) == (2, steps("task_b"))


def test_workflow_as_it_is_shown_can_be_sent_back_and_changed(api: Api) -> None:
    id = api.get(f"/executions/{submit(api)}").json()["workflow_id"]
    shown = api.get(f"/workflows/{id}").json()

    same = api.put(f"/workflows/{id}", json=shown)
    changed = api.put(f"/workflows/{id}", json={**shown, "steps": steps("task_c")})
    wrong = api.put(f"/workflows/{id}", json={**shown, "steps": steps("nope")})

    assert (same.status_code, same.json()["version"], same.json()["steps"]) == (200, 1, SAMPLE["steps"])
    assert (changed.status_code, changed.json()["version"], changed.json()["steps"]) == (200, 2, steps("task_c"))
    assert (wrong.status_code, wrong.json()["detail"][0]["pointer"]) == (422, "/steps/0/tasks/0/name")


def test_concurrent_posts_make_one_workflow(start_api: Callable[[], Api]) -> None:
    apis = [start_api() for _ in range(2)]
    other = {**SAMPLE, "steps": steps("task_b")}
    # FastAPI puts its routes together at their first use, which two apps in one process must not do at once.
    assert [api.get("/health").status_code for api in apis] == [200, 200]

    with ThreadPoolExecutor(8) as pool:
        turns = [(apis[number % 2], (SAMPLE, other)[number % 4 // 2]) for number in range(24)]
        ids = list(pool.map(lambda turn: (submit(*turn), turn[1]), turns))

    assert len(apis[0].get("/workflows").json()) == 1
    for id, body in ids:
        assert len(apis[0].get(f"/api/workflow/{id}").json()["steps"]) == len(body["steps"])


@pytest.mark.parametrize(
    ("body", "code", "named", "pointer"),
    [
        ({"name": "w"}, "NO_STEPS", "no steps", "/steps"),
        ({"name": "w", "steps": []}, "NO_STEPS", "no steps", "/steps"),
        ({"name": "w", "steps": steps("task_a", "nope")}, "UNKNOWN_NODE_TYPE", "nope", "/steps/0/tasks/1/name"),
        ({"name": "w", "steps": steps()}, "STEP_WITHOUT_TASKS", "Step 0", "/steps/0/tasks"),
        ({"name": "w", "steps": steps("task_a", type="x")}, "INVALID_EXECUTION_TYPE", '"x"', "/steps/0/execution_type"),
        ({"name": "w", "steps": steps("task_a", timeout="x")}, "INVALID_PARAMS", "task_a", "/steps/0/tasks/0/params"),
        ({"name": "w", "steps": steps("http_call")}, "INVALID_DATA", "0.http_call", "/steps/0/tasks/0/params/url"),
        ({"name": "w", "steps": steps("delay", ms="x")}, "INVALID_DATA", "0.delay", "/steps/0/tasks/0/params/ms"),
        (
            {"name": "w", "steps": steps("python_function", function="os.system")},
            "INVALID_DATA",
            "os.system",
            "/steps/0/tasks/0/params/function",
        ),
        (
            {"name": "w", "steps": steps("task_a", x="{{ 1 + 1 }}")},
            "INVALID_TEMPLATE",
            "0.task_a",
            "/steps/0/tasks/0/params/x",
        ),
        (
            {"name": "w", "steps": steps("transform", value={"nope": 1})},
            "UNKNOWN_OPERATOR",
            "nope",
            "/steps/0/tasks/0/params/value",
        ),
    ],
)
def test_steps_that_are_wrong_are_refused_at_their_place(
    api: Api, body: Any, code: str, named: str, pointer: str
) -> None:
    response = api.post("/api/workflow", json=body)

    (problem,) = response.json()["detail"]
    assert response.status_code == 422
    assert (problem["code"], problem["pointer"]) == (code, pointer)
    assert named in problem["message"]
    assert api.get("/api/workflows").json() == api.get("/workflows").json() == api.woken == []


@pytest.mark.parametrize("name", [None, "", " ", 7, "\x00", "x" * 501, ["w"]])
def test_name_is_storable_text(api: Api, name: Any) -> None:
    response = api.post("/api/workflow", json={"name": name, "steps": steps("task_a")})

    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "name"])


@pytest.mark.parametrize("id", ["nonsense", "00000000-0000-7000-8000-000000000000", "%00"])
def test_unknown_id_is_not_found(api: Api, id: str) -> None:
    assert api.get(f"/api/workflow/{id}").status_code == 404


def test_other_dialects_are_not_found_here(api: Api) -> None:
    started = api.post("/executions", json={"workflow_id": api.save()["id"]}).json()["id"]

    assert api.get(f"/api/workflow/{started}").status_code == 404
    assert api.get("/api/workflows").json() == []


def test_all_executions_are_listed_newest_first_and_in_pages(api: Api) -> None:
    api.save()
    api.fire()
    ids = [submit(api) for _ in range(5)]

    whole = api.get("/api/workflows")
    first = api.get("/api/workflows?limit=3")
    second = api.get(first.links["next"]["url"])

    assert whole.json() == [api.get(f"/api/workflow/{id}").json() for id in reversed(ids)]
    assert "Link" not in whole.headers
    assert first.json() + second.json() == whole.json()
    assert "Link" not in second.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=x"])
def test_odd_page_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/api/workflows?{query}").status_code == 422


def test_cancelled_execution_is_shown_as_cancelled(api: Api) -> None:
    id = submit(api)

    api.post(f"/executions/{id}/cancel")

    view = api.get(f"/api/workflow/{id}").json()
    assert (view["status"], view["steps"]["0"]["status"]) == ("cancelled", "pending")
    assert view["updated_at"] > view["created_at"]


def test_concurrency_limit_keeps_the_rest_pending(settings: Settings) -> None:
    with running_api(settings.model_copy(update={"max_concurrent_workflows": 2})) as api:
        ids = [submit(api, {**SAMPLE, "name": f"w{number % 2}"}) for number in range(4)]

        assert [wake_up.execution_id for wake_up in api.woken] == ids[:2]
        assert [api.get(f"/executions/{id}").json()["queued"] for id in ids] == [False, False, True, True]
        assert [api.get(f"/api/workflow/{id}").json()["status"] for id in ids] == ["pending"] * 4
        other = api.post("/executions", json={"workflow_id": api.save()["id"]}).json()
        assert other["queued"] is False


def test_free_slot_goes_by_priority_then_arrival(settings: Settings) -> None:
    with running_api(settings.model_copy(update={"max_concurrent_workflows": 1})) as api:
        priorities = ["normal", "low", "normal", "high", 3, "high"]
        ids = [submit(api, {"name": "w", "steps": steps("task_a", priority=priority)}) for priority in priorities]

        for place in (0, 3, 5, 4, 2):
            assert api.post(f"/executions/{ids[place]}/cancel").status_code == 200

        assert [wake_up.execution_id for wake_up in api.woken] == [ids[place] for place in (0, 3, 5, 4, 2, 1)]


def test_queued_execution_can_be_cancelled(settings: Settings) -> None:
    with running_api(settings.model_copy(update={"max_concurrent_workflows": 1})) as api:
        first, second, third = (submit(api) for _ in range(3))

        api.post(f"/executions/{second}/cancel")
        api.post(f"/executions/{first}/cancel")

        assert [wake_up.execution_id for wake_up in api.woken] == [first, third]
        assert api.get(f"/api/workflow/{second}").json()["status"] == "cancelled"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_invalid_limit_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="max_concurrent_workflows"):
        Settings.model_validate({"max_concurrent_workflows": value})

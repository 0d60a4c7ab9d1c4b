"""The routes below ``/v1``: DAGs are submitted, triggered, and shown with the state of each node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.settings import Settings
from tests.api.client import FETCHER, Api, running_api
from tests.api.recorded import RecordedExecution

NOBODY = "00000000-0000-0000-0000-000000000000"


def dag(*nodes: dict[str, Any], name: str = "d") -> dict[str, Any]:
    return {"name": name, "dag": {"nodes": [{"handler": "input", **node} for node in nodes]}}


def submit(api: Api, body: Any = FETCHER) -> dict[str, Any]:
    response = api.post("/v1/workflow", json=body)
    assert response.status_code == 202, response.text
    submitted: dict[str, Any] = response.json()
    return submitted


def states(api: Api, execution: str) -> dict[str, str]:
    found: dict[str, str] = api.get(f"/v1/workflows/{execution}").json()["node_states"]
    return found


def test_numbers_of_dag_and_parameters_keep_their_text(api: Api) -> None:
    numbers = "[0.1000000000000000055,9007199254740993,1.10]"
    nodes = f'[{{"id":"a","handler":"transform","config":{{"value":{numbers}}}}}]'

    submitted = api.post("/v1/workflow", data=f'{{"name":"exact","dag":{{"nodes":{nodes}}}}}').json()
    api.post(f"/v1/workflow/trigger/{submitted['execution_id']}", data=f'{{"input_params":{{"n":{numbers}}}}}')

    assert f'"value":{numbers}' in api.get(f"/workflows/{submitted['workflow_definition_id']}").text
    assert f'"context":{{"n":{numbers}}}' in api.get(f"/executions/{submitted['execution_id']}").text


# --- submitting ---------------------------------------------------------------------------------------------------


def test_submitted_dag_starts_nothing(api: Api, settings: Settings) -> None:
    submitted = submit(api)

    id = submitted["execution_id"]
    assert submitted == {
        "workflow_definition_id": submitted["workflow_definition_id"],
        "execution_id": id,
        "message": "Workflow submitted successfully",
    }
    assert api.woken == []
    assert RecordedExecution(settings.database, id).next_check_at() is None
    assert api.get(f"/v1/workflows/{id}").json() == {
        "id": id,
        "state": "PENDING",
        "started_at": None,
        "completed_at": None,
        "node_states": {"input": "PENDING", "get_user": "PENDING", "get_posts": "PENDING", "output": "PENDING"},
    }
    assert api.get(f"/v1/workflows/{id}/results").json() == {
        "id": id,
        "state": "PENDING",
        "output_data": None,
        "completed_at": None,
    }


def test_submitted_execution_is_listed_by_other_routes(api: Api) -> None:
    submitted = submit(api)

    workflow = api.get(f"/workflows/{submitted['workflow_definition_id']}").json()
    execution = api.get(f"/executions/{submitted['execution_id']}").json()
    assert (workflow["name"], workflow["kind"], workflow["version"]) == ("Parallel API Fetcher", "dag", 1)
    assert workflow["dag"] == FETCHER["dag"]
    assert len(workflow["graph"]["nodes"]) == len(workflow["graph"]["edges"]) == 4
    assert workflow["warnings"] == []
    assert (execution["kind"], execution["status"], execution["context"]) == ("dag", "PENDING", {})
    assert api.get(f"/executions/{execution['id']}/steps").json() == []


def test_resubmitted_dag_is_the_same_definition(api: Api) -> None:
    first, again = submit(api), submit(api)

    assert first["workflow_definition_id"] == again["workflow_definition_id"]
    assert first["execution_id"] != again["execution_id"]
    assert [api.get(f"/executions/{each['execution_id']}").json()["version"] for each in (first, again)] == [1, 1]


def test_changed_dag_is_a_new_version(api: Api) -> None:
    first = submit(api, dag({"id": "a"}))
    second = submit(api, dag({"id": "a"}, {"id": "b", "config": {"x": 1}}))
    third = submit(api, dag({"id": "a"}, {"id": "b", "config": {"x": True}}))

    assert len({each["workflow_definition_id"] for each in (first, second, third)}) == 1
    versions = [api.get(f"/executions/{each['execution_id']}").json()["version"] for each in (first, second, third)]
    assert versions == [1, 2, 3]
    assert list(states(api, first["execution_id"])) == ["a"]
    assert list(states(api, second["execution_id"])) == ["a", "b"]


def test_other_retries_of_the_deployment_are_a_new_version_too(api: Api, settings: Settings) -> None:
    with running_api(settings.model_copy(update={"retry_max_retries": 7})) as eager:
        submitted = [submit(each)["execution_id"] for each in (api, eager, eager)]

    assert [api.get(f"/executions/{id}").json()["version"] for id in submitted] == [1, 2, 2]


def test_names_are_unique_within_a_kind(api: Api) -> None:
    drawn = api.save(name="d")

    ids = [submit(api, dag({"id": "a"}, name=name))["workflow_definition_id"] for name in ("d", "e")]

    assert len({*ids, drawn["id"]}) == 3


def test_resubmission_keeps_other_settings(api: Api) -> None:
    id = submit(api, dag({"id": "a"}))["workflow_definition_id"]
    api.put(f"/workflows/{id}", json={"name": "d", "trigger": True, "description": "Mine"})

    submit(api, dag({"id": "b"}))

    saved = api.get(f"/workflows/{id}").json()
    assert (saved["version"], saved["trigger"], saved["description"]) == (2, True, "Mine")
    api.delete(f"/workflows/{id}")
    assert submit(api, dag({"id": "b"}))["workflow_definition_id"] != id


def test_definition_cannot_take_the_name_of_another(api: Api) -> None:
    submit(api, dag({"id": "a"}, name="d"))
    id = submit(api, dag({"id": "a"}, name="e"))["workflow_definition_id"]

    assert api.put(f"/workflows/{id}", json={"name": "d"}).status_code == 409


def test_shown_definition_can_be_sent_back(api: Api) -> None:
    shown = api.get(f"/workflows/{submit(api, dag({'id': 'a'}))['workflow_definition_id']}").json()
    place = f"/workflows/{shown['id']}"

    same = api.put(place, json=shown)
    changed = api.put(place, json={**shown, "dag": {"nodes": [{"id": "b", "handler": "input"}]}})
    wrong = api.put(place, json={**shown, "dag": {"nodes": [{"id": "b", "handler": "nope"}]}})

    assert (same.status_code, same.json()["version"]) == (200, 1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["dag"] == {"nodes": [{"id": "b", "handler": "input"}]}
    assert (wrong.status_code, wrong.json()["detail"][0]["node_id"]) == (422, "b")


def test_many_processes_may_submit_at_once(start_api: Callable[[], Api]) -> None:
    apis = [start_api(), start_api()]
    bodies = [dag({"id": "a"}), dag({"id": "b"})] * 10

    with ThreadPoolExecutor(8) as pool:
        submitted = list(pool.map(lambda n: submit(apis[n % 3 % 2], bodies[n]), range(20)))

    assert len({each["workflow_definition_id"] for each in submitted}) == 1
    assert len({each["execution_id"] for each in submitted}) == 20
    for body, each in zip(bodies, submitted, strict=True):
        assert list(states(apis[0], each["execution_id"])) == [body["dag"]["nodes"][0]["id"]]


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "code", "node", "named"),
    [
        ([{"id": "a", "dependencies": ["b"]}, {"id": "b", "dependencies": ["a"]}], "CYCLE_DETECTED", "a", "a → b → a"),
        ([{"id": "a", "dependencies": ["a"]}], "SELF_LOOP", "a", "Node a"),
        ([{"id": "a", "dependencies": ["x1"]}], "INVALID_DEPENDENCY", "a", "x1"),
        ([{"id": "a", "handler": "x1"}], "UNKNOWN_NODE_TYPE", "a", "handler x1 of node a"),
        ([{"id": "a", "handler": "call_external_service"}], "INVALID_DATA", "a", "Node a: url"),
        (
            [{"id": "a", "handler": "llm_service", "config": {"prompt": "p", "temperature": 3}}],
            "INVALID_DATA",
            "a",
            "temperature",
        ),
        (
            [{"id": "a", "handler": "llm", "config": {"prompt": "p", "max_tokens": 0}}],
            "INVALID_DATA",
            "a",
            "max_tokens",
        ),
        ([{"id": "a", "handler": "llm", "config": {"prompt": "{{ a + b }}"}}], "INVALID_TEMPLATE", "a", "a + b"),
        ([{"id": "a", "handler": "llm", "config": {}}], "INVALID_DATA", "a", "prompt"),
        ([{"id": "a", "retry_config": {"max_retries": -1}}], "INVALID_RETRY_CONFIG", "a", "max_retries"),
        ([], "EMPTY_DAG", None, "no nodes"),
    ],
)
def test_invalid_dag_gets_400_with_its_place(
    api: Api, nodes: list[Any], code: str, node: str | None, named: str
) -> None:
    response = api.post("/v1/workflow", json=dag(*nodes))

    assert response.status_code == 400
    (problem,) = response.json()["detail"]
    assert (problem["code"], problem.get("node_id")) == (code, node)
    assert named in problem["message"]
    assert problem["pointer"].startswith("/dag/nodes")
    assert api.get("/workflows").json() == []


def test_all_problems_are_reported_together(api: Api) -> None:
    response = api.post("/v1/workflow", json=dag({"id": "a"}, {"id": "a"}, {"id": "b", "dependencies": ["x"]}))

    codes = Counter(problem["code"] for problem in response.json()["detail"])
    assert codes == {"DUPLICATE_NODE_ID": 2, "INVALID_DEPENDENCY": 1}


@pytest.mark.parametrize(
    "body", [{"dag": {"nodes": []}}, {"name": "d"}, {"name": 1, "dag": {}}, {"name": " ", "dag": {}}]
)
def test_body_of_another_shape_is_refused_with_422(api: Api, body: Any) -> None:
    assert api.post("/v1/workflow", json=body).status_code == 422


# --- triggering ---------------------------------------------------------------------------------------------------


def test_trigger_starts_what_was_submitted_with_its_parameters(api: Api, settings: Settings) -> None:
    id = submit(api)["execution_id"]

    response = api.post(f"/v1/workflow/trigger/{id}", json={"input_params": {"user_id": 123, "rate": 1.0}})

    assert response.status_code == 200
    assert response.json() == {"execution_id": id, "message": "Workflow started successfully"}
    assert [wake_up.execution_id for wake_up in api.woken] == [id]
    assert '"context":{"user_id":123,"rate":1.0}' in api.get(f"/executions/{id}").text
    assert RecordedExecution(settings.database, id).next_check_at() is not None


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"null", b'{"input_params": null}'])
def test_parameters_may_be_left_out(api: Api, body: bytes) -> None:
    id = submit(api)["execution_id"]

    assert api.post(f"/v1/workflow/trigger/{id}", data=body).status_code == 200
    assert api.get(f"/executions/{id}").json()["context"] == {}


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"input_params": []}', b'{"input_params": "x"}', b"\xff", b"NaN"])
def test_odd_parameters_are_refused_and_start_nothing(api: Api, body: bytes) -> None:
    id = submit(api)["execution_id"]

    assert api.post(f"/v1/workflow/trigger/{id}", data=body).status_code == 422
    assert api.woken == []


def test_concurrent_triggers_start_it_once(start_api: Callable[[], Api]) -> None:
    apis = [start_api(), start_api()]
    id = submit(apis[0])["execution_id"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: apis[n % 2].post(f"/v1/workflow/trigger/{id}"), range(16)))

    assert Counter(response.status_code for response in answers) == {200: 1, 409: 15}
    assert len(apis[0].woken) + len(apis[1].woken) == 1


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED"])
def test_running_execution_cannot_be_triggered(api: Api, settings: Settings, status: str) -> None:
    id = submit(api)["execution_id"]
    RecordedExecution(settings.database, id).set_status(status)

    response = api.post(f"/v1/workflow/trigger/{id}")

    remedy = (
        "is paused; resume it first"
        if status == "PAUSED"
        else "was triggered already; it can be triggered again when it has ended"
    )
    assert response.status_code == 409
    assert response.json()["detail"] == f"Execution {id} {remedy}."


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
def test_ended_execution_is_repeated_with_its_version(api: Api, settings: Settings, status: str) -> None:
    submitted = submit(api, dag({"id": "a"}))
    id = submitted["execution_id"]
    submit(api, dag({"id": "b"}))
    RecordedExecution(settings.database, id).set_status(status)

    response = api.post(f"/v1/workflow/trigger/{id}", json={"input_params": {"n": 2}})

    again = api.get(f"/executions/{response.json()['execution_id']}").json()
    assert (response.status_code, again["id"] != id) == (200, True)
    assert (again["workflow_id"], again["version"]) == (submitted["workflow_definition_id"], 1)
    assert (again["status"], again["context"]) == ("PENDING", {"n": 2})
    assert [wake_up.execution_id for wake_up in api.woken] == [again["id"]]
    assert api.get(f"/executions/{id}").json()["status"] == status


def test_other_dialects_can_be_read_and_triggered(api: Api, settings: Settings) -> None:
    saved = api.save()
    id = api.fire({"a": 1})["executions"][0]["id"]
    assert states(api, id) == {"start": "PENDING", "note": "PENDING"}
    assert api.post(f"/v1/workflow/trigger/{id}").status_code == 409
    RecordedExecution(settings.database, id).set_status("COMPLETED")

    again = api.post(f"/v1/workflow/trigger/{id}", json={"input_params": {"a": 2}}).json()["execution_id"]

    execution = api.get(f"/executions/{again}").json()
    assert (execution["workflow_id"], execution["context"]) == (saved["id"], {"a": 2})


def test_deleted_definition_starts_nothing(api: Api, settings: Settings) -> None:
    submitted = submit(api)
    RecordedExecution(settings.database, submitted["execution_id"]).set_status("COMPLETED")
    api.delete(f"/workflows/{submitted['workflow_definition_id']}")

    response = api.post(f"/v1/workflow/trigger/{submitted['execution_id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == f"The workflow of execution {submitted['execution_id']} was deleted."


@pytest.mark.parametrize("id", [NOBODY, "x", "%00", "x" * 300])
def test_unknown_execution_gets_404(api: Api, id: str) -> None:
    for response in (
        api.post(f"/v1/workflow/trigger/{id}"),
        api.get(f"/v1/workflows/{id}"),
        api.get(f"/v1/workflows/{id}/results"),
    ):
        assert response.status_code == 404


def test_pause_and_resume_start_nothing_untriggered(api: Api, settings: Settings) -> None:
    id = submit(api)["execution_id"]

    api.post(f"/executions/{id}/pause")
    api.post(f"/executions/{id}/resume")

    assert api.get(f"/executions/{id}").json()["status"] == "PENDING"
    assert api.woken == []
    assert RecordedExecution(settings.database, id).next_check_at() is None
    assert api.post(f"/v1/workflow/trigger/{id}").status_code == 200


def test_paused_before_trigger_is_shown(api: Api) -> None:
    id = submit(api)["execution_id"]
    api.post(f"/executions/{id}/pause")

    response = api.post(f"/v1/workflow/trigger/{id}")

    assert (response.status_code, "paused" in response.json()["detail"]) == (409, True)


def test_execution_cancelled_untriggered_is_not_retried(api: Api) -> None:
    id = submit(api)["execution_id"]
    api.post(f"/executions/{id}/cancel")

    response = api.post(f"/executions/{id}/retry")

    assert (response.status_code, "trigger it" in response.json()["detail"]) == (409, True)
    assert api.get(f"/executions/{id}").json()["status"] == "CANCELLED"
    assert api.woken == []
    assert api.post(f"/v1/workflow/trigger/{id}").json()["execution_id"] != id


def test_retry_after_early_cancel_keeps_parameters(api: Api, settings: Settings) -> None:
    id = submit(api)["execution_id"]
    api.post(f"/v1/workflow/trigger/{id}", json={"input_params": {"n": 1}})
    api.post(f"/executions/{id}/cancel")

    retried = api.post(f"/executions/{id}/retry")

    assert (retried.status_code, retried.json()["status"], retried.json()["context"]) == (200, "PENDING", {"n": 1})
    assert RecordedExecution(settings.database, id).next_check_at() is not None


# --- under a limit ------------------------------------------------------------------------------------------------


def submit_under(api: Api, count: int = 2, **flow: Any) -> list[str]:
    """Executions of one DAG with this flow control."""
    submitted = [submit(api) for _ in range(count)]
    saved = api.put(
        f"/workflows/{submitted[0]['workflow_definition_id']}", json={"name": FETCHER["name"], "trigger": True, **flow}
    )
    assert saved.status_code == 200, saved.text
    return [each["execution_id"] for each in submitted]


def trigger(api: Api, id: str, **parameters: Any) -> int:
    return api.post(f"/v1/workflow/trigger/{id}", json={"input_params": parameters}).status_code


def test_trigger_beyond_the_limit_waits(api: Api, settings: Settings) -> None:
    first, second = submit_under(api, concurrency={"limit": 1})

    codes = [trigger(api, first), trigger(api, second), trigger(api, second)]

    assert codes == [200, 200, 409]
    assert [api.get(f"/executions/{id}").json()["queued"] for id in (first, second)] == [False, True]
    assert RecordedExecution(settings.database, second).next_check_at() is None
    api.post(f"/executions/{first}/cancel")
    assert api.get(f"/executions/{second}").json()["queued"] is False
    assert [wake_up.execution_id for wake_up in api.woken] == [first, second]


def test_submitted_execution_takes_no_slot(api: Api) -> None:
    first, second = submit_under(api, concurrency={"limit": 1})

    assert trigger(api, second) == 200
    assert api.get(f"/executions/{second}").json()["queued"] is False
    assert [held["outcome"] for held in api.fire()["held"]] == ["queued"]
    assert api.get(f"/executions/{first}").json()["queued"] is False


def test_drop_policy_refuses_a_trigger_beyond_the_limit(api: Api) -> None:
    first, second = submit_under(api, concurrency={"limit": 1, "on_limit": "drop", "key": "{{ payload.who }}"})

    codes = [trigger(api, first, who="ada"), trigger(api, second, who="ada")]

    assert codes == [200, 409]
    assert api.get(f"/executions/{second}").json()["context"] == {}
    assert trigger(api, second, who="bob") == 200


def test_trigger_replaces_the_running_execution(api: Api) -> None:
    first, second = submit_under(api, concurrency={"limit": 1, "on_limit": "replace"})

    codes = [trigger(api, first), trigger(api, second)]

    assert codes == [200, 200]
    assert [api.get(f"/executions/{id}").json()["status"] for id in (first, second)] == ["CANCELLED", "PENDING"]
    assert api.get(f"/executions/{second}").json()["queued"] is False
    assert [wake_up.execution_id for wake_up in api.woken] == [first, second]


@pytest.mark.parametrize(("on_limit", "begun"), [("queue", "first"), ("replace", "third")])
def test_order_of_arrival_is_order_of_trigger(api: Api, on_limit: str, begun: str) -> None:
    third, second, first, live = submit_under(api, 4, concurrency={"limit": 1, "on_limit": on_limit})
    for id in (live, first, second, third):
        assert trigger(api, id) == 200

    if on_limit == "queue":
        api.post(f"/executions/{live}/cancel")

    names = {first: "first", second: "second", third: "third"}
    assert [names[id] for id in names if not _waits_or_ended(api, id)] == [begun]


def _waits_or_ended(api: Api, id: str) -> bool:
    execution = api.get(f"/executions/{id}").json()
    return bool(execution["queued"] or execution["status"] == "CANCELLED")


def test_repeated_trigger_takes_a_slot(api: Api, settings: Settings) -> None:
    ended, other = submit_under(api, concurrency={"limit": 1})
    RecordedExecution(settings.database, ended).set_status("COMPLETED")
    trigger(api, other)

    again = api.post(f"/v1/workflow/trigger/{ended}").json()["execution_id"]

    assert api.get(f"/executions/{again}").json()["queued"] is True
    assert [wake_up.execution_id for wake_up in api.woken] == [other]


def test_rate_counts_triggered_executions_only(api: Api) -> None:
    first, second = submit_under(api, rate_limit={"limit": 1, "period": "1h"})

    codes = [trigger(api, second), trigger(api, first)]

    assert codes == [200, 200]
    assert [api.get(f"/executions/{id}").json()["queued"] for id in (second, first)] == [False, True]


def test_concurrent_triggers_respect_the_limit(start_api: Callable[[], Api]) -> None:
    apis = [start_api(), start_api()]
    ids = submit_under(apis[0], 8, concurrency={"limit": 3})

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda n: trigger(apis[n % 2], ids[n % 8]), range(16)))

    assert Counter(codes) == {200: 8, 409: 8}
    assert Counter(apis[0].get(f"/executions/{id}").json()["queued"] for id in ids) == {False: 3, True: 5}
    assert len(apis[0].woken) + len(apis[1].woken) == 3


# --- how far it is ------------------------------------------------------------------------------------------------


def test_every_node_has_a_state(api: Api, settings: Settings) -> None:
    names = ["done", "running", "ready", "waiting", "again", "failed", "skipped", "left", "broken_off", "later"]
    id = submit(api, dag(*({"id": name} for name in names)))["execution_id"]
    walked = RecordedExecution(settings.database, id)
    walked.set_status("RUNNING")

    walked.step("done")
    walked.step("running", "RUNNING")
    walked.step("ready", "READY")
    walked.step("waiting", "WAITING")
    walked.step("again", "FAILED")
    walked.step("again", "WAITING", attempt=2, started_at=None)
    walked.step("failed", "FAILED")
    walked.step("skipped", "SKIPPED")
    walked.step("left", "CANCELLED", started_at=None)
    walked.step("broken_off", "FAILED")
    walked.step("broken_off", "CANCELLED", attempt=2, started_at=None)

    assert states(api, id) == {
        "done": "COMPLETED",
        "running": "RUNNING",
        "ready": "QUEUED",
        "waiting": "RUNNING",
        "again": "QUEUED",
        "failed": "FAILED",
        "skipped": "PENDING",
        "left": "PENDING",
        "broken_off": "FAILED",
        "later": "PENDING",
    }

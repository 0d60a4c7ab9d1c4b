"""``/executions``: starting, listing, commands and steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import NOTE, Api
from tests.api.recorded import RecordedExecution

#            ┌─▶ b ─┐
#   start ───┤      ├─▶ d
#            ├─▶ c ─┘
#            └─▶ e
DIAMOND = {
    "nodes": [{"id": "start", "type": "start"}, *({"id": id, "type": "transform"} for id in "bcde")],
    "edges": [
        {"source": s, "target": t} for s, t in (("start", "b"), ("start", "c"), ("start", "e"), ("b", "d"), ("c", "d"))
    ],
}


@pytest.fixture
def walked(api: Api, settings: Settings) -> RecordedExecution:
    api.save(graph=DIAMOND)
    execution = api.fire({"big": 1.0})["executions"][0]["id"]
    return RecordedExecution(settings.database, execution)


def test_workflow_is_started_manually(api: Api) -> None:
    saved = api.save(trigger=None, is_active=False)

    response = api.post("/executions", json={"workflow_id": saved["id"], "payload": {"a": 1.0, "\ud800": 10**30}})

    execution = response.json()
    assert response.status_code == 201
    assert (execution["status"], execution["event_id"], execution["kind"]) == ("PENDING", None, "graph")
    assert '"context":{"a":1.0,"\\ud800":1000000000000000000000000000000}' in response.text
    assert [wake_up.execution_id for wake_up in api.woken] == [execution["id"]]
    assert api.get(f"/executions/{execution['id']}").json() == execution


#: Numbers that a float would change, or write in another way.
NUMBERS = "[0.1000000000000000055,12345678901234567890.123456789,9007199254740993,1.10,1e2,-0.5E-7]"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/executions", '{"workflow_id": "ID", "payload": GIVEN}'),
        ("/executions/workflows/ID/execute", '{"parameters": GIVEN}'),
        ("/events", "GIVEN"),
    ],
)
def test_payload_keeps_the_text_of_its_numbers(api: Api, path: str, body: str) -> None:
    saved = api.save(graph={**NOTE, "parameters": [{"name": "limit", "default": 1.50, "required": False}]})
    given = f'{{"n":{NUMBERS}}}'

    started = api.post(path.replace("ID", saved["id"]), data=body.replace("ID", saved["id"]).replace("GIVEN", given))

    assert started.ok, started.text
    assert f'"n":{NUMBERS}' in api.get(f"/executions?workflow_id={saved['id']}").text


@pytest.mark.parametrize("number", ["1e400", "-1e999", "NaN", "Infinity"])
def test_number_that_cannot_be_kept_is_refused(api: Api, number: str) -> None:
    body = f'{{"workflow_id": "{api.save()["id"]}", "payload": {{"n": {number}}}}}'

    response = api.post("/executions", data=body)

    assert response.status_code == 422
    assert number in response.json()["detail"]
    assert api.woken == []


def test_starting_needs_a_workflow_that_exists(api: Api) -> None:
    saved = api.save()

    assert api.post("/executions", json={"workflow_id": new_id()}).status_code == 404
    assert api.post("/executions", json={"workflow_id": "x"}).status_code == 404
    assert api.post("/executions", json={"workflow_id": saved["id"], "payload": [1]}).status_code == 422
    assert api.post("/executions", json={}).status_code == 422
    assert api.woken == []


def test_executions_are_found_by_workflow_status_and_event(api: Api) -> None:
    one, other = api.save(), api.save()
    first, second = api.fire(), api.fire()

    def found(query: str) -> list[str]:
        return [execution["id"] for execution in api.get(f"/executions?{query}").json()]

    assert found(f"workflow_id={one['id']}") == [second["executions"][0]["id"], first["executions"][0]["id"]]
    assert len(found(f"workflow_id={other['id']}&event_id={first['event_id']}")) == 1
    assert len(found("status=PENDING")) == 4
    assert found("status=COMPLETED") == []
    assert found(f"workflow_id={new_id()}") == []


def test_page_of_executions_leads_to_the_next_with_its_filters(api: Api) -> None:
    saved = api.save()
    for _ in range(3):
        api.fire()

    first = api.get(f"/executions?workflow_id={saved['id']}&limit=2")
    second = api.get(first.links["next"]["url"])

    assert saved["id"] in first.links["next"]["url"]
    assert [len(first.json()), len(second.json())] == [2, 1]


def test_steps_come_in_order_of_start_with_what_came_in(api: Api, walked: RecordedExecution) -> None:
    walked.step("start", output={"big": 1.0})
    walked.step("c", output=[1.0])
    walked.step("b", output="B")
    walked.step("e", status="SKIPPED")
    walked.step("d", output=None)

    steps = api.get(f"/executions/{walked.execution_id}/steps").json()

    assert [(step["node_id"], step["status"]) for step in steps] == [
        ("start", "COMPLETED"),
        ("c", "COMPLETED"),
        ("b", "COMPLETED"),
        ("e", "SKIPPED"),
        ("d", "COMPLETED"),
    ]
    inputs = {step["node_id"]: step["input"] for step in steps}
    assert inputs == {
        "start": {"big": 1.0},
        "c": {"big": 1.0},
        "b": {"big": 1.0},
        "e": None,
        "d": {"b": "B", "c": [1.0]},
    }
    assert {step["execution_id"] for step in steps} == {walked.execution_id}
    assert steps[0]["started_at"] == "2026-01-01T00:00:01+00:00"
    assert steps[4]["output"] is None


def test_every_try_is_a_step_and_what_has_not_begun_comes_last(api: Api, walked: RecordedExecution) -> None:
    walked.step("start")
    walked.step("b", status="READY")
    walked.step("c", status="FAILED", output=None, error='{"type": "T", "message": "m"}')
    walked.step("c", output=1, attempt=2)

    steps = api.get(f"/executions/{walked.execution_id}/steps").json()

    assert [(step["node_id"], step["attempt"]) for step in steps] == [("start", 1), ("c", 1), ("c", 2), ("b", 1)]
    assert steps[1]["error"] == {"type": "T", "message": "m"}


def test_steps_are_paged_if_a_limit_is_given(api: Api, walked: RecordedExecution) -> None:
    for node in ("start", "b", "c"):
        walked.step(node)

    first = api.get(f"/executions/{walked.execution_id}/steps?limit=2")
    second = api.get(first.links["next"]["url"])

    assert [step["node_id"] for step in first.json() + second.json()] == ["start", "b", "c"]
    assert "Link" not in second.headers


def test_command_that_does_not_apply_is_a_conflict(api: Api, walked: RecordedExecution) -> None:
    url = f"/executions/{walked.execution_id}"

    def refusal(command: str) -> tuple[int, str]:
        response = api.post(f"{url}/{command}")
        return response.status_code, response.json()["detail"].removeprefix(f"Execution {walked.execution_id} ")

    assert refusal("resume") == (409, "is PENDING, not paused.")
    assert refusal("retry") == (409, "is PENDING; only a failed or cancelled one can be retried.")
    walked.set_status("COMPLETED")
    assert refusal("cancel") == (409, "is COMPLETED and cannot be cancelled.")
    assert refusal("pause") == (409, "is COMPLETED and cannot be paused.")
    assert refusal("resume") == (409, "is COMPLETED, not paused.")
    assert refusal("retry") == (409, "is COMPLETED; only a failed or cancelled one can be retried.")


def test_execution_is_paused_resumed_cancelled_and_retried(api: Api, walked: RecordedExecution) -> None:
    url = f"/executions/{walked.execution_id}"
    api.woken.clear()

    statuses = [api.post(f"{url}/{command}").json()["status"] for command in ("pause", "resume", "cancel", "retry")]

    assert statuses == ["PAUSED", "PENDING", "CANCELLED", "PENDING"]
    assert {wake_up.execution_id for wake_up in api.woken} == {walked.execution_id}


def test_notifications_are_listed_newest_first(api: Api, walked: RecordedExecution) -> None:
    for message in ('"one"', '{"two": 2}'):
        walked.execute(
            "INSERT INTO notifications (id, execution_id, node_id, message) VALUES (%s, %s, 'n', %s)",
            new_id(),
            walked.execution_id,
            message,
        )

    listed = api.get("/notifications").json()

    assert [notification["message"] for notification in listed] == [{"two": 2}, "one"]
    assert set(listed[0]) == {"id", "execution_id", "node_id", "notified", "message", "created_at"}
    assert api.get(f"/notifications?execution_id={walked.execution_id}&limit=1").json() == listed[:1]
    assert api.get("/notifications?execution_id=x").json() == []


def test_start_follows_a_save_in_another_process(start_api: Callable[[], Api]) -> None:
    api, other = start_api(), start_api()
    saved = api.save()
    start = {"workflow_id": saved["id"]}
    before = api.post("/executions", json=start).json()["version"]

    other.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": True, "graph": DIAMOND}).raise_for_status()
    after = api.post("/executions", json=start).json()["version"]
    other.delete(f"/workflows/{saved['id']}").raise_for_status()

    assert (before, after) == (1, 2)
    assert api.post("/executions", json=start).status_code == 404

"""The parameters and attempts of ``GET /steps/{id}``: computed again from what is recorded, without secrets."""

from __future__ import annotations

from typing import Any

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

URL = "http://shop.invalid/{{ look.output.id }}?score={{ lead.score }}"
HEADERS = {"X-Key": "key {{ secret.SHOP }}"}

#   start ─▶ look ─▶ call
CALL: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "look", "type": "transform", "data": {"value": {"var": "lead"}}},
        {"id": "call", "type": "http_call", "data": {"url": URL, "headers": HEADERS, "body": "{{ input.id }}"}},
    ],
    "edges": [{"source": "start", "target": "look"}, {"source": "look", "target": "call"}],
}


class Called:
    """An execution of the graph, with its steps."""

    def __init__(self, api: Api, settings: Settings) -> None:
        api.save(graph=CALL)
        self.api = api
        self.id = api.fire({"lead": {"score": 90}})["executions"][0]["id"]
        self.recorded = RecordedExecution(settings.database, self.id)
        self.recorded.step("start", output={}, type="start")
        self.recorded.step("look", output={"id": 7})

    def step(self, status: str = "COMPLETED", **columns: Any) -> str:
        id = new_id()
        self.recorded.step("call", status, {"status": 200}, type="http_call", id=id, **columns)
        return id

    def whole(self, step_id: str) -> Any:
        response = self.api.get(f"/steps/{step_id}")
        assert response.status_code == 200, response.text
        return response.json()


def test_templates_are_filled_with_what_was_recorded(api: Api, settings: Settings) -> None:
    called = Called(api, settings)

    found = called.whole(called.step())

    assert found["parameters"]["url"] == "http://shop.invalid/7?score=90"
    assert found["parameters"]["body"] == 7
    assert found["parameters_problem"] is None


def test_secret_is_not_in_parameters(api: Api, settings: Settings) -> None:
    called = Called(api, settings)

    assert called.whole(called.step())["parameters"]["headers"] == {"X-Key": "key ***"}


def test_parameters_are_those_of_the_moment(api: Api, settings: Settings) -> None:
    called = Called(api, settings)
    step = called.step()
    called.recorded.step("look", output={"id": 8}, visit=2)

    assert called.whole(step)["parameters"]["url"] == "http://shop.invalid/7?score=90"


def test_step_that_has_not_begun_has_no_parameters(api: Api, settings: Settings) -> None:
    called = Called(api, settings)

    found = called.whole(called.step("READY"))

    assert (found["parameters"], found["parameters_problem"]) == (None, None)


def test_large_parameters_are_shown_as_written(api: Api, settings: Settings) -> None:
    called = Called(api, settings)
    called.recorded.execute("DELETE FROM steps WHERE execution_id = %s AND node_id = 'look'", called.id)
    called.recorded.step("look", output={"id": "x" * 300_000})

    found = called.whole(called.step())

    assert found["parameters"]["url"] == URL
    assert found["parameters_problem"].startswith("Filled, they have 600,")


def test_attempts_name_claims_process_and_error(api: Api, settings: Settings) -> None:
    called, process = Called(api, settings), new_id()
    called.step("FAILED", error='{"message": "No."}', claim=2, claimed_by=process, losses=1)
    running = called.step("RUNNING", attempt=2, finished_at=None, claim=1, next_check_at="2026-01-01T00:01:00Z")

    first, second = called.whole(running)["attempts"]

    assert (first["attempt"], first["claims"], first["process"], first["losses"]) == (1, 2, process, 1)
    assert (first["error"], first["lease_until"]) == ({"message": "No."}, None)
    assert (second["id"], second["status"]) == (running, "RUNNING")
    assert second["lease_until"] == "2026-01-01T00:01:00+00:00"

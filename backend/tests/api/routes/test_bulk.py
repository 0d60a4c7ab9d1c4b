"""Commands to all executions that fit a filter: counted first, and each refused by itself."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.storage.bulk import MOST_AT_ONCE
from tests.api.client import Api
from tests.api.recorded import RecordedExecution


def start(api: Api, workflow_id: str, count: int) -> list[str]:
    """Executions of a workflow, the oldest first."""
    body = {"workflow_id": workflow_id}
    return [api.post("/executions", json=body).json()["id"] for _ in range(count)]


def bulk(api: Api, action: str, filter: dict[str, Any], **members: Any) -> dict[str, Any]:
    response = api.post("/executions/bulk", json={"filter": filter, "action": action, **members})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def statuses(api: Api, ids: list[str]) -> list[str]:
    return [api.get(f"/executions/{id}/status").json()["status"] for id in ids]


@pytest.fixture
def workflow(api: Api) -> str:
    return str(api.save(name="Leads", trigger=None)["id"])


def test_dry_run_counts_and_changes_nothing(api: Api, workflow: str) -> None:
    ids = start(api, workflow, 3)

    found = bulk(api, "cancel", {"q": "lead"}, dry_run=True)

    assert found == {
        **{"action": "cancel", "dry_run": True, "found": 3, "more": False, "done": 0, "refused": [], "left": 3},
        "up_to": ids[-1],
    }
    assert statuses(api, ids) == ["PENDING"] * 3


def test_all_that_fit_are_cancelled(api: Api, workflow: str) -> None:
    ids = start(api, workflow, 3)
    (other,) = start(api, api.save(name="Orders", trigger=None)["id"], 1)

    found = bulk(api, "cancel", {"workflow_id": workflow})

    assert (found["found"], found["done"], found["refused"], found["left"]) == (3, 3, [], 0)
    assert statuses(api, [*ids, other]) == ["CANCELLED"] * 3 + ["PENDING"]


def test_executions_that_came_after_the_preview_stay(api: Api, workflow: str) -> None:
    ids = start(api, workflow, 2)
    preview = bulk(api, "cancel", {"workflow_id": workflow}, dry_run=True)
    later = start(api, workflow, 1)

    found = bulk(api, "cancel", {"workflow_id": workflow}, up_to=preview["up_to"])

    assert found["done"] == preview["found"] == 2
    assert statuses(api, [*ids, *later]) == ["CANCELLED", "CANCELLED", "PENDING"]


def test_status_that_does_not_allow_it_is_left_out(api: Api, settings: Settings, workflow: str) -> None:
    ids = start(api, workflow, 3)
    RecordedExecution(settings.database, ids[0]).set_status("COMPLETED")
    RecordedExecution(settings.database, ids[1]).set_status("FAILED")

    assert bulk(api, "cancel", {"workflow_id": workflow}, dry_run=True)["found"] == 1
    assert bulk(api, "retry", {"workflow_id": workflow}, dry_run=True)["found"] == 1
    assert bulk(api, "retry", {"status": "COMPLETED"}) == {
        **{"action": "retry", "dry_run": False, "found": 0, "more": False, "done": 0, "refused": [], "left": 0},
        "up_to": None,
    }


def test_execution_that_cannot_be_retried_is_refused_alone(api: Api, settings: Settings, workflow: str) -> None:
    ids = start(api, workflow, 2)
    recorded = [RecordedExecution(settings.database, id) for id in ids]
    recorded[0].set_status("FAILED")
    recorded[1].execute("UPDATE executions SET status = 'FAILED', closing = 'FAILED' WHERE id = %s", ids[1])

    found = bulk(api, "retry", {"status": "FAILED"})

    assert found["done"] + len(found["refused"]) == found["found"] == 2
    assert all(each["id"] in ids and each["message"] for each in found["refused"])


def test_many_are_taken_in_several_requests(api: Api, settings: Settings, workflow: str) -> None:
    RecordedExecution(settings.database, workflow).execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload)"
        " SELECT gen_random_uuid(), %s, 1, 'FAILED', '{}' FROM generate_series(1, %s)",
        *(workflow, MOST_AT_ONCE + 1),
    )

    found = bulk(api, "retry", {"workflow_id": workflow, "status": "FAILED"}, dry_run=True)

    assert (found["found"], found["more"]) == (MOST_AT_ONCE, True)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"action": "cancel"}, "filter"),
        ({"filter": {}, "action": "pause"}, "action"),
        ({"filter": {"state": "FAILED"}, "action": "retry"}, "state"),
        ({"filter": {"status": "LOST"}, "action": "retry"}, "LOST"),
        ({"filter": {"from": "now"}, "action": "retry"}, "from"),
        ({"filter": {"q": "\x00"}, "action": "retry"}, "NUL"),
        ({"filter": {}, "action": "retry", "up_to": "x"}, "up_to is 'x'"),
        ({"filter": {}, "action": "retry", "dry_run": 1}, "dry_run"),
        ([], "object"),
    ],
)
def test_wrong_body_is_named(api: Api, body: Any, named: str) -> None:
    response = api.post("/executions/bulk", json=body)

    assert response.status_code == 422
    assert named in response.text
    assert api.get("/executions/bulk").status_code == 405

"""``GET /executions/{id}/changes`` answers what was written since the last request, or 304."""

from __future__ import annotations

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api
from tests.api.recorded import RecordedExecution


def test_changes_are_returned_once(api: Api, settings: Settings) -> None:
    api.save()
    id = api.fire()["executions"][0]["id"]
    first = api.get(f"/executions/{id}/changes").json()

    unchanged = api.get(f"/executions/{id}/changes", params={"since": first["seq"]})
    RecordedExecution(settings.database, id).step("start", output={"a": 1})
    changed = api.get(f"/executions/{id}/changes", params={"since": first["seq"]}).json()

    assert first["execution"] == {"status": "PENDING", "finished_at": None, "error": None}
    assert (first["steps"], first["more"]) == ([], False)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed["seq"] > first["seq"]
    (step,) = changed["steps"]
    assert (step["node_id"], step["status"], "output" in step) == ("start", "COMPLETED", False)


def test_changes_of_an_unknown_execution_are_404(api: Api) -> None:
    assert api.get(f"/executions/{new_id()}/changes").status_code == 404
    assert api.get("/executions/x/changes").status_code == 404


def test_since_must_be_a_number(api: Api) -> None:
    for since in ("x", "-1", str(2**63)):
        assert api.get(f"/executions/{new_id()}/changes", params={"since": since}).status_code == 422

"""Executions and their steps in few lines, for pages that show many of them."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api
from tests.api.recorded import RecordedExecution


@pytest.fixture
def recorded(api: Api, settings: Settings) -> RecordedExecution:
    """start ─▶ note, which failed once and runs again."""
    api.save()
    execution = RecordedExecution(settings.database, api.fire({"score": 1})["executions"][0]["id"])
    execution.step("start", output={"score": 1})
    execution.step("note", "FAILED", error='{"message": "No."}')
    execution.step("note", "RUNNING", attempt=2, finished_at=None)
    return execution


def test_executions_are_counted_by_status(api: Api, recorded: RecordedExecution) -> None:
    api.fire({})
    recorded.set_status("FAILED")

    counts = api.get("/executions/counts").json()

    assert counts == {"PENDING": 1, "RUNNING": 0, "PAUSED": 0, "COMPLETED": 0, "FAILED": 1, "CANCELLED": 0}


def test_completed_executions_are_counted_with_filters(api: Api, recorded: RecordedExecution) -> None:
    recorded.set_status("COMPLETED")
    workflow = api.get(f"/executions/{recorded.execution_id}").json()["workflow_id"]

    assert api.get("/executions/counts", params={"workflow_id": workflow}).json()["COMPLETED"] == 1
    assert api.get("/executions/counts", params={"workflow_id": new_id()}).json()["COMPLETED"] == 0


def test_steps_of_node_are_one_line(api: Api, recorded: RecordedExecution) -> None:
    start, note = api.get(f"/executions/{recorded.execution_id}/nodes").json()["nodes"]

    assert (start["node_id"], start["status"], start["counts"]) == ("start", "COMPLETED", {"COMPLETED": 1})
    assert (note["status"], note["visits"], note["counts"]) == ("RUNNING", 1, {"FAILED": 1, "RUNNING": 1})
    assert start["last_finished_at"] == "2026-01-01T00:00:01+00:00"
    assert (note["first_started_at"], note["last_finished_at"]) == ("2026-01-01T00:00:02+00:00", None)


def test_line_of_node_is_about_its_newest_visit(api: Api, recorded: RecordedExecution) -> None:
    recorded.step("loop", visit=2, attempt=1, branch="again")
    recorded.step("loop", visit=10, attempt=1, branch="done")
    recorded.step("loop", "FAILED", visit=9, attempt=3)

    line = api.get(f"/executions/{recorded.execution_id}/nodes").json()["nodes"][-1]

    assert (line["node_id"], line["status"], line["branch"], line["visits"]) == ("loop", "COMPLETED", "done", 10)


def test_changes_go_on_where_lines_of_nodes_end(api: Api, recorded: RecordedExecution) -> None:
    seen = api.get(f"/executions/{recorded.execution_id}/nodes").json()
    unchanged = api.get(f"/executions/{recorded.execution_id}/changes", params={"since": seen["seq"]})
    recorded.step("later")

    changes = api.get(f"/executions/{recorded.execution_id}/changes", params={"since": seen["seq"]}).json()

    assert (seen["status"], unchanged.status_code) == ("PENDING", 304)
    assert [step["node_id"] for step in changes["steps"]] == ["later"]


def test_step_lines_are_filtered_and_paged(api: Api, recorded: RecordedExecution) -> None:
    path = f"/executions/{recorded.execution_id}/step-lines"

    def ids(**query: Any) -> list[tuple[str, int]]:
        return [(step["node_id"], step["attempt"]) for step in api.get(path, params=query).json()]

    first = api.get(path, params={"limit": 2})

    assert ids() == [("start", 1), ("note", 1), ("note", 2)]
    assert ids(node_id="note", status="FAILED") == [("note", 1)]
    assert [step["node_id"] for step in api.get(first.links["next"]["url"]).json()] == ["note"]
    assert "output" not in first.json()[0]
    assert api.get(path, params={"status": "GONE"}).status_code == 422
    recorded.step("note", visit=2)
    assert [step["visit"] for step in api.get(path, params={"node_id": "note", "visit": 2}).json()] == [2]
    assert api.get(path, params={"visit": 0}).status_code == 422


def test_one_step_is_shown_whole(api: Api, settings: Settings) -> None:
    api.save()
    execution = RecordedExecution(settings.database, api.fire({"score": 1})["executions"][0]["id"])
    large = {"text": "x" * 10_000}
    execution.step("start", output=large)
    execution.step("note", output={"ok": True}, id=(id := new_id()), branch="out")

    step = api.get(f"/steps/{id}", params={"execution_id": execution.execution_id}).json()

    assert (step["input"], step["output"], step["branch"]) == (large, {"ok": True}, "out")
    assert api.get(f"/steps/{id}").json() == step
    assert api.get(f"/steps/{new_id()}").status_code == 404


def test_workflows_are_summed_up(api: Api, recorded: RecordedExecution) -> None:
    recorded.set_status("FAILED")
    last = api.fire({})["executions"][0]["id"]
    api.save(name="Lead ROUTING", trigger=None)

    idle, busy = api.get("/workflows/summaries").json()

    assert (idle["name"], idle["last_execution"], idle["last_24h"]) == ("Lead ROUTING", None, {})
    assert (busy["last_execution"]["id"], busy["last_execution"]["status"]) == (last, "PENDING")
    assert busy["last_24h"] == {"FAILED": 1, "PENDING": 1}
    assert [row["name"] for row in api.get("/workflows/summaries", params={"q": "routing"}).json()] == ["Lead ROUTING"]
    assert api.get("/workflows/summaries", params={"kind": "dag"}).json() == []
    assert "graph" not in busy


def test_system_tells_what_waits_for_workers(api: Api, recorded: RecordedExecution) -> None:
    recorded.step("ready", "READY", next_check_at="2026-01-01")

    system = api.get("/system").json()

    assert system["ready_steps"] >= 1
    assert system["oldest_ready_at"] is not None
    assert len(system["timers"]) == 24
    assert "DATABASE_URL" in system["settings"]
    assert system["versions"]["postgres"].split(".")[0].isdigit()


def test_system_counts_what_waits_in_each_queue(api: Api, recorded: RecordedExecution) -> None:
    before = api.get("/system").json()["queues"][0]
    recorded.step("ready", "READY", next_check_at="2026-01-01", created_at="2026-01-02")

    queue = api.get("/system").json()["queues"][0]

    assert queue["name"] == "celery"
    assert queue["ready_steps"] == before["ready_steps"] + 1
    assert queue["oldest_at"] <= "2026-01-02T00:00:00Z"


def test_step_of_a_paused_execution_waits_for_no_worker(api: Api, recorded: RecordedExecution) -> None:
    recorded.step("ready", "READY", next_check_at="2026-01-01")
    before = api.get("/system").json()["ready_steps"]

    recorded.set_status("PAUSED")

    assert api.get("/system").json()["ready_steps"] == before - 1

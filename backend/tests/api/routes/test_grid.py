"""Nodes × executions: the status of each node in the newest executions."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from tests.api.client import NOTE, Api
from tests.api.recorded import RecordedExecution


def grid(api: Api, workflow_id: str, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/workflows/{workflow_id}/grid{query}").json()
    return found


def test_cells_have_the_newest_step_of_each_node(api: Api, settings: Settings) -> None:
    saved = api.save()
    old, new = (api.fire({"n": n})["executions"][0]["id"] for n in range(2))
    first = RecordedExecution(settings.database, old)
    first.step("start")
    first.step("note", "FAILED")
    first.step("note", "RUNNING", attempt=2, finished_at=None)
    first.step("note", "COMPLETED", visit=3)
    first.step("note", "FAILED", visit=4, compensates="note:3")
    RecordedExecution(settings.database, new).step("start", "SKIPPED")

    found = grid(api, saved["id"])

    assert [each["id"] for each in found["executions"]] == [new, old]
    assert [(each["id"], each["title"]) for each in found["nodes"]] == [("start", "start"), ("note", "note")]
    assert found["cells"] == [["SKIPPED", "COMPLETED"], [None, "COMPLETED"]]
    assert found["more_nodes"] is False
    assert len(grid(api, saved["id"], "?limit=1")["executions"]) == 1


#   a ◀──────┐
#   └─▶ b ───┴─▶ c      (the document has them as c, b, a)
def test_nodes_are_in_the_order_in_which_they_run(api: Api) -> None:
    cases = [{"label": "again", "condition": {"var": "go"}}, {"label": "done", "else": True}]
    nodes = [
        {"id": "c", "type": "end"},
        {"id": "b", "type": "branch", "data": {"cases": cases}},
        {"id": "a", "type": "start"},
    ]
    edges = [
        {"id": "1", "source": "a", "target": "b"},
        {"id": "2", "source": "b", "target": "a", "sourceHandle": "again"},
        {"id": "3", "source": "b", "target": "c", "sourceHandle": "done"},
    ]
    saved = api.save(graph={"nodes": nodes, "edges": edges})

    found = grid(api, saved["id"])

    assert [node["id"] for node in found["nodes"]] == ["a", "b", "c"]
    assert (found["executions"], found["cells"]) == ([], [[], [], []])


@pytest.mark.parametrize("limit", ["0", "51", "x"])
def test_wrong_limit_is_refused(api: Api, limit: str) -> None:
    saved = api.save(graph=NOTE)

    assert api.get(f"/workflows/{saved['id']}/grid?limit={limit}").status_code == 422
    assert api.get("/workflows/x/grid").status_code == 404

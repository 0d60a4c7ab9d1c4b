"""A key that is bound to some workflows: for it, all others do not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.storage.ids import new_id
from tests.api.access.conftest import MakeKey, with_key
from tests.api.client import NOTE, Api
from tests.api.pending_approvals import ASKING, PendingApprovals
from tests.api.recorded import RecordedExecution

ALL = (
    *("events:write", "workflows:write", "executions:write", "approvals:decide"),
    *("workflows:read", "executions:read"),
)


@pytest.fixture(scope="module")
def bound(anonymous: Api, make_key: MakeKey) -> Api:
    """A client that sees only workflows whose name begins with ``sales-``."""
    return with_key(anonymous, make_key(*ALL, name="sales", workflow_prefix="sales-")["key"])


@pytest.fixture(scope="module")
def places(admin: Api, guarded_database_url: str) -> dict[str, dict[str, str]]:
    """A workflow, an execution, a backtest and an approval of sales, and the same of finance."""
    never = {"==": [{"var": "of"}, "nobody"]}
    found: dict[str, dict[str, str]] = {}
    for team in ("sales", "finance"):
        workflow = admin.save(name=f"{team}-leads", trigger={"==": [{"var": "team"}, "both"]}, graph=NOTE)
        execution = admin.post("/executions", json={"workflow_id": workflow["id"]}).json()
        body = {"rule": never, "workflow_id": workflow["id"], "from": "2026-01-01T00:00:00Z"}
        backtest = admin.post("/backtests", json=body)
        assert backtest.status_code == 201, backtest.text
        found[team] = {"workflow": workflow["id"], "execution": execution["id"], "backtest": backtest.json()["id"]}
        asked = PendingApprovals(admin, guarded_database_url)
        asked.workflow = admin.save(name=f"{team}-approvals", graph=ASKING, trigger=None)["id"]
        found[team]["approval"] = asked.ask()["id"]
    return found


def names(response: Any, member: str = "name") -> set[str]:
    assert response.status_code == 200, response.text
    return {item[member] for item in response.json()}


def test_lists_show_its_own_workflows(bound: Api, admin: Api, places: Any) -> None:
    own = {"sales-leads", "sales-approvals"}

    assert names(bound.get("/workflows")) == own
    assert names(bound.get("/workflows/summaries")) == own
    assert names(bound.get("/approvals/inbox"), "workflow_name") == {"sales-approvals"}
    assert names(bound.get("/executions"), "workflow_name") == own
    assert bound.get("/executions", params={"workflow_id": places["finance"]["workflow"]}).json() == []
    assert bound.get("/executions?fields=why").status_code == 200
    assert names(bound.get("/executions?q=finance"), "workflow_name") == set()
    assert bound.get("/executions/counts?q=leads").json()["PENDING"] == 1
    everything = {"filter": {}, "action": "cancel", "dry_run": True}
    assert bound.post("/executions/bulk", json=everything).json()["found"] == 2
    own_hour, hour = (each.get("/overview").json()["started"]["count"] for each in (bound, admin))
    # Other tests start executions that only the admin sees.
    assert own_hour == 2
    assert hour >= 4
    assert names(bound.get("/approvals?status=ALL"), "id") == {places["sales"]["approval"]}
    assert names(bound.get("/notifications"), "id") == set()


START = {"id": "start", "type": "start"}
READS = (
    ("GET", "/workflows/{workflow}", None),
    ("PUT", "/workflows/{workflow}", {"name": "sales-x"}),
    ("DELETE", "/workflows/{workflow}", None),
    ("GET", "/workflows/{workflow}/revisions", None),
    ("GET", "/workflows/{workflow}/coverage", None),
    ("POST", "/workflows/{workflow}/shadow", {"version": 1, "executions": {}}),
    ("POST", "/workflows/{workflow}/migrate", {"version": 1}),
    ("POST", "/workflows/{workflow}/test", {}),
    ("POST", "/executions", {"workflow_id": "{workflow}"}),
    ("POST", "/executions/workflows/{workflow}/execute", {}),
    ("GET", "/executions/{execution}", None),
    ("GET", "/executions/{execution}/status", None),
    ("GET", "/executions/{execution}/steps", None),
    ("GET", "/executions/{execution}/changes", None),
    ("GET", "/workflows/{workflow}/versions/1/graph", None),
    ("GET", "/workflows/{workflow}/versions", None),
    ("GET", "/workflows/{workflow}/grid", None),
    ("GET", "/workflows/{workflow}/versions/1", None),
    ("POST", "/workflows/{workflow}/versions/1/restore", None),
    ("GET", "/executions/{execution}/graph", None),
    ("GET", "/executions/{execution}/nodes", None),
    ("GET", "/executions/{execution}/step-lines", None),
    ("GET", "/executions/{execution}/why", None),
    ("GET", "/executions/{execution}/diff/{own}", None),
    ("GET", "/executions/{own}/diff/{execution}", None),
    ("POST", "/executions/{execution}/fork", {"from": 1}),
    ("POST", "/executions/{execution}/migrate", {"version": 1}),
    ("POST", "/executions/{execution}/cancel", None),
    ("POST", "/executions/{execution}/pause", None),
    ("POST", "/executions/{execution}/resume", None),
    ("POST", "/executions/{execution}/retry", None),
    ("POST", "/executions/{execution}/steps/note/outcome", {"happened": True}),
    ("POST", "/v1/workflow/trigger/{execution}", {}),
    ("GET", "/v1/workflows/{execution}", None),
    ("GET", "/v1/workflows/{execution}/results", None),
    ("GET", "/api/workflow/{execution}", None),
    ("GET", "/approvals/{approval}", None),
    ("GET", "/approvals/{approval}/links", None),
    ("POST", "/approvals/{approval}/approve", {}),
    ("POST", "/approvals/{approval}/reject", {}),
    ("POST", "/approvals/{approval}/action", {"approved": "perhaps"}),
    ("GET", "/backtests/{backtest}", None),
    ("GET", "/backtests/{backtest}/events?set=new", None),
    ("POST", "/backtests/{backtest}/fire", {}),
    ("DELETE", "/backtests/{backtest}", None),
    ("POST", "/backtests", {"rule": True, "workflow_id": "{workflow}", "from": "2026-01-01T00:00:00Z"}),
    ("POST", "/triggers/explain", {"rule": True, "event": {}, "workflow_id": "{workflow}", "compare_to": "current"}),
)


@pytest.mark.parametrize(("method", "path", "body"), READS, ids=lambda value: value if isinstance(value, str) else "")
def test_thing_of_other_workflow_does_not_exist(
    bound: Api, places: Any, method: str, path: str, body: dict[str, Any] | None
) -> None:
    absent = {**dict.fromkeys(places["sales"], "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30")}

    def ask(ids: dict[str, str]) -> tuple[int, str]:
        ids = {**ids, "own": places["sales"]["execution"]}
        fill = lambda value: value.format(**ids) if isinstance(value, str) else value  # noqa: E731
        given = None if body is None else {key: fill(value) for key, value in body.items()}
        response = bound.request(method, fill(path), json=given)
        return response.status_code, response.text.replace(ids["execution"], "ID").replace(ids["workflow"], "ID")

    status, text = ask(places["finance"])

    assert status == 404, text
    for id in places["finance"].values():
        text = text.replace(id, "ID")
    assert (status, text) == ask(absent)


def test_its_own_things_can_be_read(bound: Api, places: Any) -> None:
    own = places["sales"]

    for path in (
        f"/workflows/{own['workflow']}/revisions",
        f"/executions/{own['execution']}/why",
        f"/backtests/{own['backtest']}",
        f"/v1/workflows/{own['execution']}",
    ):
        assert bound.get(path).status_code == 200, path


def test_event_shows_what_became_of_it_in_its_own_workflows(bound: Api, admin: Api, places: Any) -> None:
    event = admin.fire({"team": "both"})["event_id"]
    finance = places["finance"]["workflow"]

    shown = bound.get(f"/events/{event}").json()
    listed = next(each for each in bound.get("/events").json() if each["id"] == event)
    decisions = bound.get(f"/events/{event}/decisions")

    assert len(admin.get(f"/events/{event}").json()["executions"]) >= 2
    assert {each["workflow_name"] for each in shown["executions"]} == {"sales-leads"}
    assert {each["workflow_id"] for each in shown["outcomes"]} == {places["sales"]["workflow"]}
    assert {each["workflow_name"] for each in listed["executions"]} == {"sales-leads"}
    assert names(decisions) == {"sales-leads", "sales-approvals"}
    assert bound.get(f"/events/{event}/explain?workflow_id={finance}").status_code == 404
    assert bound.post(f"/events/{event}/start", json={"workflow_id": finance}).status_code == 404


def test_step_of_other_workflow_does_not_exist(bound: Api, admin: Api, places: Any) -> None:
    execution = places["finance"]["execution"]
    step = admin.get(f"/executions/{execution}/steps").json()
    step_id = step[0]["id"] if step else "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30"

    refused = bound.get(f"/steps/{step_id}/explain?execution_id={execution}")
    woken = bound.post(f"/steps/{step_id}/wake?execution_id={execution}")

    assert (refused.status_code, woken.status_code) == (404, 404)
    assert woken.json()["detail"].startswith(f"Step {step_id} does not exist")


def test_value_of_other_step_does_not_exist(bound: Api, admin: Api, places: Any, guarded_database_url: str) -> None:
    recorded = RecordedExecution(guarded_database_url, places["finance"]["execution"])
    recorded.step("note", output={"amount": 1}, id=(step_id := new_id()))

    refused = bound.get(f"/steps/{step_id}/values/output")

    assert admin.get(f"/steps/{step_id}/values/output").status_code == 200
    assert (refused.status_code, refused.json()["detail"]) == (404, f"Step {step_id} does not exist.")


def test_names_outside_its_prefix_are_refused(bound: Api, places: Any) -> None:
    message = "The key sales is bound to workflows whose name begins with 'sales-'; it may not save one named 'w'."
    dag = {"name": "w", "dag": {"nodes": [{"id": "a", "handler": "input", "dependencies": []}]}}
    steps = {"name": "w", "steps": [{"name": "s", "tasks": [{"name": "a", "type": "task_a"}]}]}

    saved = bound.post("/workflows", json={"name": "w", "graph": NOTE})
    renamed = bound.put(f"/workflows/{places['sales']['workflow']}", json={"name": "w"})

    assert (saved.status_code, saved.json()["detail"]) == (403, message)
    assert (renamed.status_code, renamed.json()["detail"]) == (403, message)
    assert bound.post("/v1/workflow", json=dag).status_code == 403
    assert bound.post("/api/workflow", json=steps).status_code in (403, 422)


@pytest.mark.parametrize("target", ["finance-leads", "{workflow}", "{{ payload.target }}"])
def test_its_workflows_start_no_others(bound: Api, places: Any, target: str) -> None:
    named = target.replace("{workflow}", places["finance"]["workflow"])
    inner = {"id": "child", "type": "sub_workflow", "data": {"workflow": named}}
    around = {"nodes": [START, inner], "edges": [{"source": "start", "target": "child"}]}
    outer = {"id": "each", "type": "sub_workflow", "data": {"graph": around}}

    for node in (inner, outer):
        graph = {
            "nodes": [{"id": "start", "type": "start"}, node],
            "edges": [{"source": "start", "target": node["id"]}],
        }
        refused = bound.post("/workflows", json={"name": "sales-x", "graph": graph})

        assert refused.status_code == 403, refused.text
        assert refused.json()["detail"] == (
            "The key sales is bound to workflows whose name begins with 'sales-'; a node of its workflows may not start"
            f" {named!r}."
        )


def test_repeat_of_anothers_request_is_not_answered(bound: Api, admin: Api, places: Any) -> None:
    key = {"Idempotency-Key": "start-of-finance"}
    body = {"workflow_id": places["finance"]["workflow"]}
    assert admin.post("/executions", json=body, headers=key).status_code == 201

    assert bound.post("/executions", json=body, headers=key).status_code == 404


def test_backtest_without_workflow_is_refused(bound: Api) -> None:
    refused = bound.post("/backtests", json={"rule": {"var": "x"}, "from": "2026-01-01T00:00:00Z"})

    assert refused.status_code == 403


def test_event_is_not_read_with_the_scope_of_workflows(client_with: Callable[..., Api], admin: Api) -> None:
    event = admin.fire({"secret": 1})["event_id"]

    refused = client_with("workflows:read").post(
        "/triggers/explain", json={"rule": {"var": "secret"}, "event_id": event}
    )

    assert refused.status_code == 403
    assert "executions:read" in refused.json()["detail"]

"""Why an execution waits: the root cause of each kind, found while real workers run."""

from __future__ import annotations

from typing import Any

from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.conftest import fresh, make_stack
from tests.scenarios.door import door, post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

__all__ = ["fresh", "make_stack"]


def why(api: Api, execution: str) -> dict[str, Any]:
    response = api.get(f"/executions/{execution}/why")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def cause(api: Api, execution: str, kind: str) -> dict[str, Any]:
    """The outermost cause, once it is of this kind."""
    assert wait_until(lambda: why(api, execution)["causes"][0]["kind"] == kind, seconds=20), why(api, execution)
    found = why(api, execution)
    assert found["sentence"].startswith(found["causes"][0]["sentence"])
    outermost: dict[str, Any] = found["causes"][0]
    return outermost


def test_delay_is_a_timer_with_its_end(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>pause>last", pause=node("delay", ms=3_600_000)))

    found = cause(api, id, "timer")

    assert found["node_id"] == "pause"
    assert found["until"] is not None
    assert found["sentence"].startswith("Node pause waits until 20")


def test_approval_names_people_and_requests(threads: Stack, api: Api) -> None:
    data = {"title": "Refund", "approvers": ["ann", "bob", "cy"], "needed": 2}
    id = threads.begin(graph("start>ask", ask=node("human_approval", **data)))
    approval = threads.asks(id).id
    threads.decide(approval, by="ann")

    found = cause(api, id, "approval")

    assert found["sentence"] == 'Node ask waits for the approval "Refund" by ann, bob, cy (1 of 2 given, by ann).'
    assert found["approval_id"] == approval
    approve = {"label": "Approve", "method": "POST", "path": f"/approvals/{approval}/approve"}
    assert found["actions"][0] == approve
    assert api.post(approve["path"], json={"approved_by": "bob"}).status_code == 200
    assert cause(api, id, "ended")["sentence"].startswith("It completed at ")


def test_wait_for_event_names_key_and_count(threads: Stack, api: Api) -> None:
    condition = {"==": [{"var": "order.id"}, {"var": "$context.order"}]}
    workflow = save(api, graph("start>wait", wait=node("wait_for_event", condition=condition)))
    id = post(api, workflow, order="A17")
    cause(api, id, "event")
    api.fire({"order": {"id": "B1"}})

    found = cause(api, id, "event")

    assert 'Node wait waits for an event with order.id = "A17" since ' in found["sentence"]
    assert "1 event came since then" in found["sentence"]


def test_event_that_nearly_met_the_condition_is_linked(threads: Stack, api: Api) -> None:
    condition = {"and": [{"==": [{"var": "order"}, {"var": "$context.order"}]}, {">": [{"var": "paid"}, 10]}]}
    id = post(api, save(api, graph("start>wait", wait=node("wait_for_event", condition=condition))), order="N7")
    cause(api, id, "event")
    api.fire({"order": "other", "paid": 5})
    near = api.fire({"order": "N7", "paid": 5})["event_id"]

    found = cause(api, id, "event")

    assert "2 events came since then, 1 of them nearly met the condition." in found["sentence"]
    assert [action["path"] for action in found["actions"]] == [f"/events/{near}"]


def test_join_names_missing_node_and_its_retry(threads: Stack, api: Api) -> None:
    failing = node("flaky", retry={"max_attempts": 5, "initial_interval": 3600, "max_interval": 3600})
    id = threads.begin(graph("start>a>merge", "start>b>merge", "start>inventory>merge", inventory=failing))

    found = cause(api, id, "join")

    retry = found["causes"][0]
    assert found["sentence"].startswith("Node merge has 2 of 3 arrivals; still missing inventory. Node inventory tries")
    assert (retry["kind"], retry["node_id"]) == ("retry", "inventory")
    assert "(attempt 2 of 5): Attempt 1 fails." in retry["sentence"]


def test_child_is_followed_to_its_own_cause(threads: Stack, api: Api) -> None:
    inner = threads.save(graph("start>ask", ask=node("human_approval", title="Inner")))
    id = threads.begin(graph("start>call", call=node("sub_workflow", workflow_id=inner)))

    assert wait_until(lambda: "Inner" in why(api, id)["sentence"], seconds=20), why(api, id)
    found = cause(api, id, "child")

    child = found["causes"][0]
    assert found["sentence"].startswith("Node call waits for 1 of 1 child. Child 0 of node call: Node ask waits")
    assert (child["kind"], child["causes"][0]["node_id"]) == ("approval", "ask")
    assert child["execution_id"] not in (None, id)


def test_children_are_counted_by_how_they_stand(threads: Stack, api: Api) -> None:
    inner = threads.save(graph("start>ask", ask=node("human_approval", title="Inner")))
    each = node("for_each", items=[1, 2, 3], workflow_id=inner, max_parallel=2)
    id = threads.begin(graph("start>each", each=each))

    counted = "Node each waits for 3 of 3 children: 2 running, 1 not begun. Child 0 of node each: "
    assert wait_until(lambda: why(api, id)["sentence"].startswith(counted), seconds=20), why(api, id)


def test_full_lane_names_its_holder(threads: Stack, api: Api) -> None:
    flow = {"concurrency": {"limit": 1}}
    workflow = save(api, graph("start>ask", ask=node("human_approval", title="Hold")), **flow)
    holder, second, third = (post(api, workflow) for _ in range(3))
    threads.asks(holder)

    found = cause(api, third, "slot")

    assert f"1 of 1 slot of lane {workflow} is held by {holder}; 1 execution waits before it." == found["sentence"]
    assert found["causes"][0]["execution_id"] == holder
    assert "Hold" in found["causes"][0]["sentence"]
    assert "waits before it" not in cause(api, second, "slot")["sentence"]


def test_rate_says_when_the_next_may_begin(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>last"), rate_limit={"limit": 1, "period": "1h"})
    post(api, workflow)
    queued = post(api, workflow)

    found = cause(api, queued, "rate")

    assert found["sentence"].startswith("1 of 1 executions that may begin in 3600 s have begun")
    assert found["until"] is not None


def test_pause_names_the_request_that_resumes(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>pause", pause=node("delay", ms=3_600_000)))
    cause(api, id, "timer")
    api.post(f"/executions/{id}/pause")

    (action,) = cause(api, id, "paused")["actions"]

    assert api.request(action["method"], action["path"]).status_code == 200
    cause(api, id, "timer")


def test_submitted_dag_waits_for_its_trigger(threads: Stack, api: Api) -> None:
    dag = {"name": "d", "dag": {"nodes": [{"id": "in", "handler": "input", "dependencies": []}]}}
    id = api.post("/v1/workflow", json=dag).json()["execution_id"]

    (action,) = cause(api, id, "paused")["actions"]

    assert action["path"] == f"/v1/workflow/trigger/{id}"


def test_running_step_says_how_long(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>nap", nap=node("nap", seconds=20)))

    assert cause(api, id, "running")["sentence"].startswith("Node nap has been running for ")
    threads.cancel(id)


def test_running_step_says_how_long_it_usually_takes(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>nap", nap=node("nap", seconds="{{ seconds }}")))
    for _ in range(3):
        threads.finish(post(api, workflow, seconds=0))
    id = post(api, workflow, seconds=20)

    assert "(usually 0." in cause(api, id, "running")["sentence"]
    threads.cancel(id)


def test_failed_execution_names_node_and_error(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>bad", bad=node("fail", message="No stock.")))

    found = cause(api, id, "ended")

    assert found["sentence"].startswith("It failed at node bad at ")
    assert found["sentence"].endswith(": No stock.")
    assert found["actions"][0]["path"] == f"/executions/{id}/retry"


def test_compensation_is_said_with_its_node(threads: Stack, api: Api) -> None:
    charge = node("transform", value=1, compensate="refund")
    refund = node("delay", ms=3_600_000)
    id = threads.begin(graph("start>charge>bad", "refund", charge=charge, refund=refund, bad=node("fail", message="x")))

    found = cause(api, id, "undone")

    assert found["sentence"] == "It failed at node bad; node refund undoes what was done."
    assert found["causes"][0]["kind"] == "timer"


def test_stopped_worker_is_named_as_the_cause(fresh: Stack) -> None:
    worker = fresh.start_worker()
    id = fresh.begin(graph("start>nap>last", nap=node("nap", seconds=30)))
    fresh.wait_for_step(id, "nap", "RUNNING")
    worker.kill()
    with door(fresh) as api:
        lost = cause(api, id, "lost_worker")
        later = fresh.begin(graph("start>last"))
        nobody = cause(api, later, "no_worker")

    assert lost["node_id"] == "nap"
    assert "Another worker runs it again." in lost["sentence"]
    assert nobody["sentence"].endswith("no worker is running. Start one.")


def test_list_says_why_each_waits(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>ask", ask=node("human_approval", title="Listed")))
    waiting, decided = post(api, workflow), post(api, workflow)
    threads.asks(waiting)
    threads.decide(threads.asks(decided).id)
    threads.finish(decided)

    query = {"workflow_id": workflow, "fields": "why"}
    listed = {row["id"]: row for row in api.get("/executions", params=query).json()}

    assert listed[waiting]["why"] == 'Node ask waits for the approval "Listed".'
    assert "why" not in listed[decided]
    refused = api.get("/executions", params={**query, "limit": 101})
    assert refused.json()["detail"] == "limit is 101; with fields=why it can be at most 100."


def test_unknown_execution_is_not_found(api: Api) -> None:
    for id in ("0199c1f2-51c8-7a90-b3d4-6e0f8a1b2c44", "nonsense"):
        response = api.get(f"/executions/{id}/why")

        assert response.status_code == 404
        assert response.json()["detail"] == f"Execution {id} does not exist."

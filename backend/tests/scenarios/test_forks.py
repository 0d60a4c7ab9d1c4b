"""Forks: an execution run again from one of its steps, with something changed, and compared with the original."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

SCORE = {">": [{"var": "lead.score"}, 75]}
#   start ──▶ call ──▶ route ─┬─ hot ──▶ tell
#                             └─ cold ▶ drop
ROUTE = node("branch", cases=[{"label": "hot", "condition": SCORE}, {"label": "cold", "else": True}])


def routed(calls: Service) -> dict[str, Any]:
    report = node("report", url=calls.url)
    return graph("start>call>route", "route:hot>tell", "route:cold>drop", call=report, route=ROUTE, tell=report)


def fork(api: Api, execution: str, at: str, **changes: Any) -> dict[str, Any]:
    """The answer to a fork from the newest step of a node."""
    (*_, step) = [each for each in api.get(f"/executions/{execution}/steps").json() if each["node_id"] == at]
    response = api.post(f"/executions/{execution}/fork", json={"from": step["id"], **changes})
    assert response.status_code in (200, 201), response.text
    answer: dict[str, Any] = response.json()
    return answer


def refusal(api: Api, execution: str, status: int, **body: Any) -> str:
    response = api.post(f"/executions/{execution}/fork", json=body)
    assert response.status_code == status, response.text
    return str(response.json()["detail"])


def step_id(api: Api, execution: str, node_id: str) -> str:
    steps = api.get(f"/executions/{execution}/steps").json()
    return str(next(step["id"] for step in steps if step["node_id"] == node_id))


def count_calls(calls: Service, node_id: str) -> int:
    return sum(request.json["node"] == node_id for request in calls.calls)


def test_fork_keeps_steps_and_takes_the_other_way(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls))
    first = post(api, workflow, lead={"score": 70})
    threads.finish(first)

    forked = fork(api, first, "route", payload={"for": workflow, "lead": {"score": 82}})

    assert (forked["forked_from"], forked["status"]) == (first, "RUNNING")
    threads.finish(forked["id"])
    assert (count_calls(calls, "call"), count_calls(calls, "tell")) == (1, 1)
    assert threads.ran(forked["id"]) == ["start", "call", "route", "tell"]
    shown = {step["node_id"]: step["kept"] for step in api.get(f"/executions/{forked['id']}/steps").json()}
    assert shown == {"start": True, "call": True, "route": False, "tell": False, "drop": False}
    original = api.get(f"/executions/{first}").json()
    assert original["forks"] == [forked["id"]]
    assert "forked_at" not in original
    began = {"node_id": "route", "visit": 1, "original_step_id": step_id(api, first, "route")}
    assert api.get(f"/executions/{forked['id']}").json()["forked_at"] == began
    listed = api.get("/executions", params={"forked_from": first}).json()
    assert [each["id"] for each in listed] == [forked["id"]]


def test_diff_names_the_first_difference(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls))
    first = post(api, workflow, lead={"score": 70})
    threads.finish(first)
    second = fork(api, first, "route", payload={"for": workflow, "lead": {"score": 82}})["id"]
    threads.finish(second)

    found = api.get(f"/executions/{first}/diff/{second}").json()

    assert found["sentence"] == (
        "They went the same way until route, where `lead.score` of the payload was 70 in A and 82 in B:"
        ' it went to "cold" in A and to "hot" in B.'
    )
    assert (found["definition"], found["payload"], found["first_difference"]) == ("same", "differs", "route")
    by_node = {each["node_id"]: each for each in found["nodes"]}
    assert (by_node["call"]["output"], by_node["call"]["input"]) == ("same", "same")
    assert by_node["tell"]["status"] == ["SKIPPED", "COMPLETED"]
    same = api.get(f"/executions/{first}/diff/{first}").json()
    assert (same["sentence"], same["first_difference"]) == ("Both went the same way, with the same outputs.", None)


def test_dry_run_names_effects_and_starts_nothing(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls))
    first = post(api, workflow, lead={"score": 90})
    threads.finish(first)

    found = fork(api, first, "call", dry_run=True)

    assert [kept["node_id"] for kept in found["kept"]] == ["start"]
    again = {step["node_id"]: step for step in found["again"]}
    assert list(again) == ["call", "route", "tell"]
    assert (again["call"]["effects"], again["route"]["effects"]) == (True, False)
    assert again["tell"]["last_effect"]["summary"].startswith('{"node":"tell"')
    assert api.get("/executions", params={"forked_from": first}).json() == []


def test_data_of_a_node_is_replaced(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a>b", a=node("transform", value=1), b=node("transform", value="old")))
    first = post(api, workflow)
    threads.finish(first)

    forked = fork(api, first, "b", data={"b": {"value": "new"}})

    assert threads.finish(forked["id"]).output == "new"
    assert forked["version"] < 0
    assert threads.finish(first).output == "old"
    assert api.get(f"/executions/{first}/diff/{forked['id']}").json()["definition"] == "differs"


OTHER_DIALECTS = {
    "tasks": {
        "definition_yaml": "",
        "definition": {
            "name": "w",
            "tasks": [
                {"id": "a", "activity_type": "transform", "config": {"value": 1}},
                {"id": "b", "activity_type": "transform", "depends_on": ["a"], "config": {"value": "old"}},
            ],
        },
    },
    "dag": {
        "dag": {
            "nodes": [
                {"id": "a", "handler": "transform", "dependencies": [], "config": {"value": 1}},
                {"id": "b", "handler": "transform", "dependencies": ["a"], "config": {"value": "old"}},
            ]
        },
        "retry_config": {},
    },
    "steps": {
        "steps": [
            {"execution_type": "sequential", "tasks": [{"name": "transform", "params": {"value": 1}}]},
            {"execution_type": "sequential", "tasks": [{"name": "transform", "params": {"value": "old"}}]},
        ]
    },
}


@pytest.mark.parametrize("kind", OTHER_DIALECTS)
def test_data_is_replaced_in_every_dialect(threads: Stack, api: Api, kind: str) -> None:
    (first,) = threads.accept(OTHER_DIALECTS[kind], kind=kind)
    threads.wake(first)
    assert threads.finish(first).status == "COMPLETED", threads.story(first)
    last = threads.steps(first)[-1].node_id

    forked = fork(api, first, last, data={last: {"value": "new"}})
    threads.finish(forked["id"])

    assert (threads.step(first, last).output, threads.step(forked["id"], last).output) == ("old", "new")
    assert [step.kept for step in threads.steps(forked["id"])] == [True, False]
    refused = refusal(api, first, 422, **{"from": step_id(api, first, last)}, graph=graph("start>a"))
    assert f"runs a workflow of kind {kind}, which takes no `graph`" in refused


def test_input_of_the_step_is_replaced(threads: Stack, api: Api, calls: Service) -> None:
    report = node("report", url=calls.url)
    first = post(api, save(api, graph("start>a>call", a=node("transform", value=1), call=report)))
    threads.finish(first)

    forked = fork(api, first, "call", input={"n": [1, None]})

    assert threads.finish(forked["id"]).status == "COMPLETED"
    assert [request.json["input"] for request in calls.calls] == [1, {"n": [1, None]}]
    shown = api.get(f"/executions/{forked['id']}/steps").json()
    assert shown[-1]["input"] == {"n": [1, None]}


def test_new_version_fixes_a_failed_execution(threads: Stack, api: Api, calls: Service) -> None:
    report = node("report", url=calls.url)
    workflow = save(api, graph("start>call>bad", call=report, bad=node("fail", message="x")))
    first = post(api, workflow)
    assert threads.finish(first).status == "FAILED"
    mended = graph("start>call>bad>last", call=report, bad=node("fail", message="x", on_error="continue"))
    saved = api.put(f"/workflows/{workflow}", json={"name": "w", "trigger": False, "graph": mended}).json()

    forked = fork(api, first, "bad", version=saved["version"])

    assert threads.finish(forked["id"]).status == "COMPLETED"
    assert len(calls.calls) == 1


def test_fork_inside_a_loop_counts_on(threads: Stack, api: Api) -> None:
    count = node("transform", value={"+": [{"var": ["$steps.count", 0]}, 1]})
    more = node("branch", cases=[{"label": "more", "condition": {"<": [{"var": "$steps.count"}, 3]}}])
    workflow = save(api, graph("start>count>again", "again:more>count", "again:else>last", count=count, again=more))
    first = post(api, workflow)
    threads.finish(first)
    steps = api.get(f"/executions/{first}/steps").json()
    second = next(step for step in steps if step["node_id"] == "count" and step["visit"] == 2)

    response = api.post(f"/executions/{first}/fork", json={"from": second["id"]})

    forked = response.json()["id"]
    assert threads.finish(forked).status == "COMPLETED", threads.story(forked)
    assert threads.ran(forked) == threads.ran(first)
    kept = {(step.node_id, step.visit) for step in threads.steps(forked) if step.kept}
    assert kept == {("start", 1), ("count", 1), ("again", 1)}


def test_open_branch_runs_in_both_and_is_said(threads: Stack, api: Api) -> None:
    ask = node("human_approval", title="Go on?")
    workflow = save(api, graph("start>a>merge", "start>ask>merge", ask=ask))
    first = post(api, workflow)
    threads.asks(first)
    threads.wait_for_step(first, "a", "COMPLETED")

    preview = fork(api, first, "a", dry_run=True)
    forked = fork(api, first, "a")["id"]

    assert api.get(f"/executions/{forked}").json()["forked_at"]["node_id"] == "a"
    assert preview["warnings"] == ["Node ask has not ended in the original, and runs in the fork as well."]
    threads.decide(threads.asks(forked).id)
    assert threads.finish(forked).status == "COMPLETED"
    assert threads.execution(first).status == "RUNNING"


def test_kept_steps_are_not_undone_by_the_fork(threads: Stack, api: Api, calls: Service) -> None:
    report, undo = node("report", url=calls.url, compensate="undo"), node("report", url=calls.url)
    drawn = graph("start>call>bad", "undo", call=report, undo=undo, bad=node("transform", value=1))
    first = post(api, save(api, drawn))
    assert threads.finish(first).status == "COMPLETED"

    failing = graph("start>call>bad", "undo", call=report, undo=undo, bad=node("fail", message="x"))
    forked = fork(api, first, "bad", graph=failing)

    assert threads.finish(forked["id"]).status == "FAILED"
    assert [request.json["node"] for request in calls.calls] == ["call"]


def test_repeated_key_starts_one_fork(threads: Stack, api: Api) -> None:
    first = post(api, save(api, graph("start>a")))
    threads.finish(first)
    body, key = {"from": step_id(api, first, "a")}, {"Idempotency-Key": "once"}

    ids = {api.post(f"/executions/{first}/fork", json=body, headers=key).json()["id"] for _ in range(3)}

    assert len(ids) == 1
    assert len(api.get("/executions", params={"forked_from": first}).json()) == 1


def test_full_lane_queues_the_fork(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>ask", ask=node("human_approval", title="x")), concurrency={"limit": 1})
    first = post(api, workflow)
    threads.asks(first)

    forked = fork(api, first, "ask")

    assert (forked["status"], forked["queued"]) == ("PENDING", True)
    threads.decide(threads.asks(first).id)
    threads.finish(first)
    threads.decide(threads.asks(forked["id"]).id)
    assert threads.finish(forked["id"]).status == "COMPLETED"


def test_past_that_does_not_fit_is_refused_with_its_node(threads: Stack, api: Api, calls: Service) -> None:
    first = post(api, save(api, routed(calls)), lead={"score": 90})
    threads.finish(first)
    tell, route, drop = (step_id(api, first, name) for name in ("tell", "route", "drop"))
    other = graph("start>call>route", "route:warm>tell", call=node("report", url=calls.url), route=ROUTE)
    typed = graph("start>call>tell", call=node("transform", value=1), tell=node("transform", value=1))
    cut = graph("start>call", call=node("report", url=calls.url))

    assert "The edges that node route chooses from" in refusal(api, first, 409, **{"from": tell}, graph=other)
    assert "Node call was of type report" in refusal(api, first, 409, **{"from": tell}, graph=typed)
    assert "Node route is not reached" in refusal(api, first, 409, **{"from": route}, graph=cut)
    assert "was skipped" in refusal(api, first, 409, **{"from": drop})
    assert "does not exist in execution" in refusal(api, first, 404, **{"from": first})
    assert "Version 7 of workflow" in refusal(api, first, 404, **{"from": tell}, version=7)
    assert '`data` names the node "nobody"' in refusal(api, first, 422, **{"from": tell}, data={"nobody": {}})
    assert "name one of them" in refusal(api, first, 422, **{"from": tell}, version=1, graph=cut)
    assert "'loc': ['body', 'from']" in refusal(api, first, 422)

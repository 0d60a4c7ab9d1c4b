"""Tests of definitions that are not saved: run for real by workers, and counted nowhere."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from app.engine.upkeep.chore import Chore
from app.engine.upkeep.removal import Removal, remove_ended_tests
from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

SCORE = {">": [{"var": "lead.score"}, 75]}
ROUTE = node("branch", cases=[{"label": "hot", "condition": SCORE}, {"label": "cold", "else": True}])


#   start ──▶ call ──▶ route ─┬─ hot ──▶ tell ──▶ last
#                             └─ cold ▶ drop
def routed(calls: Service) -> dict[str, Any]:
    report = node("report", url=calls.url)
    return graph("start>call>route", "route:hot>tell>last", "route:cold>drop", call=report, route=ROUTE, tell=report)


def try_out(api: Api, workflow: str, **body: Any) -> dict[str, Any]:
    """The answer to a test."""
    response = api.post(f"/workflows/{workflow}/test", json=body)
    assert response.status_code == (200 if body.get("dry_run") else 201), response.text
    answer: dict[str, Any] = response.json()
    return answer


def refusal(api: Api, workflow: str, status: int, **body: Any) -> Any:
    response = api.post(f"/workflows/{workflow}/test", json=body)
    assert response.status_code == status, response.text
    return response.json()["detail"]


def step_of(api: Api, execution: str, node_id: str) -> dict[str, Any]:
    steps = api.get(f"/executions/{execution}/steps").json()
    found: dict[str, Any] = next(step for step in steps if step["node_id"] == node_id)
    return found


def count_calls(calls: Service, node_id: str) -> int:
    return sum(request.json["node"] == node_id for request in calls.calls)


def test_unsaved_document_is_run_whole(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a", a=node("transform", value="saved")))
    draft = {"graph": graph("start>a>b", a=node("transform", value="draft"))}

    test = try_out(api, workflow, document=draft, payload={"n": 1})

    assert (test["test"], test["status"], test["context"]) == ({}, "PENDING", {"n": 1})
    assert threads.finish(test["id"]).status == "COMPLETED"
    assert threads.ran(test["id"]) == ["start", "a", "b"]
    assert step_of(api, test["id"], "a")["output"] == "draft"
    saved = api.get(f"/workflows/{workflow}").json()
    assert (saved["version"], saved["graph"]["nodes"][1]["data"]) == (1, {"value": "saved"})
    assert [each["version"] for each in api.get(f"/workflows/{workflow}/versions").json()] == [1]


def test_test_ends_at_a_node_and_its_siblings_stay(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls))

    test = try_out(api, workflow, until="tell", payload={"lead": {"score": 90}})

    ended = threads.finish(test["id"])
    assert (ended.status, ended.output["node"]) == ("COMPLETED", "tell")
    assert threads.ran(test["id"]) == ["start", "call", "route", "tell"]
    assert {step.node_id for step in threads.steps(test["id"])} == {"start", "call", "route", "tell"}
    assert (count_calls(calls, "call"), count_calls(calls, "tell")) == (1, 1)


def test_choice_between_all_edges_may_lead_elsewhere(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls))

    test = try_out(api, workflow, until="tell", payload={"lead": {"score": 1}})

    assert threads.finish(test["id"]).status == "COMPLETED"
    assert threads.ran(test["id"]) == ["start", "call", "route"]
    assert step_of(api, test["id"], "route")["output"]["label"] == "cold"


def test_node_runs_alone_on_what_a_step_recorded(threads: Stack, api: Api, calls: Service) -> None:
    given = node("send_notification", toRole="AE", message="{{ lead.score }} after {{ call.node }}")
    drawn = routed(calls)
    workflow = save(api, drawn)
    first = post(api, workflow, lead={"score": 90})
    threads.finish(first)
    draft = {**drawn, "nodes": [{**each, **(given if each["id"] == "tell" else {})} for each in drawn["nodes"]]}

    test = try_out(api, workflow, document={"graph": draft}, only="tell", **{"from": step_of(api, first, "tell")["id"]})

    assert test["status"] == "RUNNING"
    assert threads.finish(test["id"]).status == "COMPLETED"
    shown = {step["node_id"]: step for step in api.get(f"/executions/{test['id']}/steps").json()}
    assert {id: step["kept"] for id, step in shown.items()} == {
        "start": True,
        "call": True,
        "route": True,
        "tell": False,
    }
    assert shown["tell"]["input"] == step_of(api, first, "tell")["input"]
    assert (count_calls(calls, "call"), count_calls(calls, "tell")) == (1, 1)
    assert shown["tell"]["output"]["message"] == "90 after call"
    assert api.get(f"/steps/{shown['tell']['id']}").json()["parameters"]["message"] == "90 after call"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"input": 7}, 7),
        ({"outputs": {"a": 5}}, 5),
        ({"payload": {"x": 3}}, {"x": 3}),
        ({"payload": {"x": 3}, "outputs": {"a": None}}, None),
    ],
)
def test_input_of_a_node_alone_is_given(
    threads: Stack, api: Api, calls: Service, given: dict[str, Any], expected: Any
) -> None:
    workflow = save(api, graph("start>a>b>c"))
    seen = {"graph": graph("start>a>b>c", b=node("report", url=calls.url))}

    test = try_out(api, workflow, document=seen, only="b", **given)

    threads.finish(test["id"])
    step = step_of(api, test["id"], "b")
    assert (step["input"], step["output"]["input"]) == (expected, expected)
    assert threads.ran(test["id"])[-1] == "b"
    assert "c" not in threads.ran(test["id"])


def test_node_without_an_edge_is_tested_alone(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a"))
    loose = {"graph": graph("start>a", loose=node("transform", value="hello"))}

    test = try_out(api, workflow, document=loose, only="loose")

    assert threads.finish(test["id"]).output == "hello"
    assert "no way from the beginning" in refusal(api, workflow, 422, document=loose, until="loose")


#   start ──▶ count ──▶ more ─┬─ again ──▶ count
#                             └─ done ──▶ last
def test_step_of_a_later_turn_of_a_loop_is_tested(threads: Stack, api: Api) -> None:
    times = {"if": [{"var": "$steps.count"}, {"+": [{"var": "$steps.count"}, 1]}, 1]}
    again = {"<": [{"var": "$steps.count"}, 3]}
    more = node("branch", cases=[{"label": "again", "condition": again}, {"label": "done", "else": True}])
    looped = graph(
        "start>count>more", "more:again>count", "more:done>last", count=node("transform", value=times), more=more
    )
    workflow = save(api, looped)
    first = post(api, workflow)
    assert threads.finish(first).status == "COMPLETED"
    turns = [step for step in api.get(f"/executions/{first}/steps").json() if step["node_id"] == "more"]

    test = try_out(api, workflow, only="more", **{"from": turns[1]["id"]})

    assert threads.finish(test["id"]).status == "COMPLETED"
    step = step_of(api, test["id"], "more")
    assert (step["visit"], step["input"], step["output"]["label"]) == (2, 2, "again")
    assert threads.ran(test["id"])[-1] == "more"


def test_test_in_a_loop_ends_at_its_first_visit(threads: Stack, api: Api) -> None:
    more = node("branch", cases=[{"label": "again", "condition": True}, {"label": "done", "else": True}])
    workflow = save(api, graph("start>count>more", "more:again>count", "more:done>last", more=more))

    test = try_out(api, workflow, until="more")

    assert threads.finish(test["id"]).status == "COMPLETED"
    assert threads.ran(test["id"]) == ["start", "count", "more"]


def test_dry_run_names_what_would_be_done_outside(api: Api, calls: Service) -> None:
    inner = graph("start>send", send=node("send_notification", toRole="AE", message="x"))
    each = node("for_each", items=[1, 2], graph=inner)
    workflow = save(api, {**graph("start>call>each>child", call=node("report", url=calls.url), each=each,
                                  child=node("sub_workflow", workflow="other"))})  # fmt: skip

    whole = try_out(api, workflow, dry_run=True)
    part = try_out(api, workflow, dry_run=True, until="each")

    assert whole["runs"] == ["start", "call", "each", "child"]
    assert [(each["node_id"], each["type"]) for each in whole["effects"]] == [
        ("call", "report"), ("each/send", "send_notification"), ("child", "sub_workflow"),
    ]  # fmt: skip
    assert (part["runs"], len(part["effects"])) == (["start", "call", "each"], 2)
    assert calls.calls == []
    assert api.get("/executions", params={"kind": "test", "workflow_id": workflow}).json() == []
    alone = try_out(api, workflow, dry_run=True, only="call", input=1, payload={"a": 2})
    assert (alone["runs"], alone["payload"], alone["input"], alone["kept"]) == (["call"], {"a": 2}, 1, [])


DIALECTS: dict[str, Any] = {
    "tasks": {
        "definition_yaml": "name: w\ntasks:\n"
        "  - {id: a, activity_type: transform, config: {value: 1}}\n"
        "  - {id: b, activity_type: transform, depends_on: [a], config: {value: 2}}\n"
        "  - {id: c, activity_type: transform, depends_on: [b], config: {value: 3}}\n"
    },
    "dag": {
        "dag": {
            "nodes": [
                {"id": "a", "handler": "transform", "dependencies": [], "config": {"value": 1}},
                {"id": "b", "handler": "transform", "dependencies": ["a"], "config": {"value": 2}},
                {"id": "c", "handler": "transform", "dependencies": ["b"], "config": {"value": 3}},
            ]
        },
        "retry_config": {},
    },
    "steps": {
        "steps": [
            {"execution_type": "sequential", "tasks": [{"name": "transform", "params": {"value": number}}]}
            for number in (1, 2, 3)
        ]
    },
}


@pytest.mark.parametrize("kind", DIALECTS)
def test_every_dialect_is_tested(threads: Stack, api: Api, kind: str) -> None:
    body = DIALECTS[kind]
    workflow = api.save(trigger=False, **body)["id"] if kind == "tasks" else threads.save(body, kind=kind)
    shown = api.get(f"/workflows/{workflow}").json()
    assert shown["kind"] == kind
    middle = api.get(f"/workflows/{workflow}/versions/1/graph").json()["nodes"][1]["id"]

    until = try_out(api, workflow, document=body if kind == "tasks" else shown, until=middle)
    alone = try_out(api, workflow, only=middle, input="given")
    whole = try_out(api, workflow)

    for test in (until, alone, whole):
        assert threads.finish(test["id"]).status == "COMPLETED", threads.story(test["id"])
    assert [step.output for step in threads.steps(until["id"])] == [1, 2]
    assert [step.output for step in threads.steps(alone["id"])] == [2]
    assert [step.output for step in threads.steps(whole["id"])] == [1, 2, 3]
    assert api.get(f"/executions/{until['id']}").json()["result"] is not None


def test_draft_of_another_dialect_is_refused(api: Api) -> None:
    workflow = save(api, graph("start>a"))

    assert "`document` is of the kind tasks" in refusal(api, workflow, 409, document=DIALECTS["tasks"])


#   parent: start ──▶ each (for_each: child)      child: start ──▶ a
def test_test_counts_nowhere(threads: Stack, api: Api) -> None:
    child = api.save(name="child of tests", graph=graph("start>a"), trigger=None)["id"]
    each = node("for_each", items=[1, 2], workflow="child of tests")
    workflow = save(api, graph("start>each>bad", each=each, bad=node("fail", message="x")), concurrency={"limit": 1})
    first = post(api, workflow)
    assert threads.finish(first).status == "FAILED"
    event = api.get(f"/executions/{first}").json()["event_id"]

    def read_numbers() -> Any:
        overview = api.get("/overview").json()
        return [
            *(api.get("/executions", params={"workflow_id": id}).json() for id in (workflow, child)),
            *(api.get("/executions/counts", params={"workflow_id": id}).json() for id in (workflow, child)),
            *(api.get(f"/workflows/{id}/grid").json() for id in (workflow, child)),
            *(api.get(f"/workflows/{id}/coverage").json()["nodes"] for id in (workflow, child)),
            api.get("/workflows/summaries").json(),
            (overview["started"]["count"], overview["failed"]["count"], overview["asked"]["count"]),
            api.get(f"/events/{event}").json()["outcomes"],
            api.get("/executions", params={"event_id": event}).json(),
        ]

    numbers = read_numbers()

    test = try_out(api, workflow, event_id=event)

    assert threads.finish(test["id"]).status == "FAILED"
    assert (test["queued"], test["event_id"]) == (False, event)
    children = api.get("/executions", params={"parent_id": test["id"]}).json()
    assert [(each["status"], each["test"]) for each in children] == [("COMPLETED", {}), ("COMPLETED", {})]
    assert read_numbers() == numbers
    listed = api.get("/executions", params={"kind": "test", "workflow_id": workflow}).json()
    assert [each["id"] for each in listed] == [test["id"]]
    assert api.get("/executions/counts", params={"kind": "test", "workflow_id": workflow}).json()["FAILED"] == 1
    assert threads.rows("SELECT lane FROM executions WHERE id = %s", (test["id"],))[0].lane is None


def test_test_does_not_wait_in_the_lane_of_its_workflow(threads: Stack, api: Api) -> None:
    held = graph("start>hold", hold=node("human_approval"))
    workflow = save(api, held, concurrency={"limit": 1, "on_limit": "drop"})
    first = post(api, workflow)
    threads.wait_for_step(first, "hold", "WAITING")

    test = try_out(api, workflow, document={"graph": graph("start>a")})

    assert threads.finish(test["id"]).status == "COMPLETED"
    threads.cancel(first)


def test_no_event_of_the_engine_tells_of_a_test(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>ask>bad", ask=node("human_approval"), bad=node("fail", message="x")))
    types = [f"trigraph.{each}" for each in ("execution.failed", "execution.waiting", "execution.started")]
    types += ["trigraph.approval.requested", "trigraph.approval.decided"]
    is_told = {"and": [{"in": [{"var": "$event.type"}, types]}, {"==": [{"var": "workflow_id"}, workflow]}]}
    listener = api.save(name="listener", graph=graph("start>a"), trigger=is_told)["id"]

    test = try_out(api, workflow)
    asked = threads.asks(test["id"])
    assert workflow not in {each["workflow_id"] for each in api.get("/approvals/inbox").json()}
    threads.decide(asked.id)
    assert threads.finish(test["id"]).status == "FAILED"
    real = api.post("/executions", json={"workflow_id": workflow}).json()["id"]
    threads.asks(real)

    assert wait_until(lambda: len(api.get("/executions", params={"workflow_id": listener}).json()) >= 3, seconds=20)
    told = api.get("/executions", params={"workflow_id": listener}).json()
    assert {each["context"]["execution_id"] for each in told} == {real}
    api.delete(f"/workflows/{listener}")
    threads.cancel(real)


def test_test_is_retried_and_is_not_forked_or_moved(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>bad", bad=node("fail", message="x")))
    test = try_out(api, workflow)["id"]
    threads.finish(test)

    for path, body in (("fork", {"from": step_of(api, test, "bad")["id"]}), ("migrate", {"version": 1})):
        refused = api.post(f"/executions/{test}/{path}", json=body)
        assert (refused.status_code, "is a test" in refused.json()["detail"]) == (409, True), refused.text
    triggered = api.post(f"/v1/workflow/trigger/{test}", json={})
    assert (triggered.status_code, "is a test" in triggered.text) == (409, True)
    version = api.get(f"/executions/{test}").json()["version"]
    first = post(api, workflow)
    threads.finish(first)
    fork = {"from": step_of(api, first, "bad")["id"], "version": version}
    assert api.post(f"/executions/{first}/fork", json=fork).status_code == 404
    assert api.post(f"/executions/{test}/retry").status_code == 200
    assert threads.finish(test).status == "FAILED"
    assert api.get(f"/executions/{test}/why").status_code == 200
    assert api.get(f"/executions/{test}/graph").status_code == 200
    assert api.get(f"/executions/{first}/diff/{test}").json()["definition"] == "same"


def test_secret_is_redacted_in_a_test(threads: Stack, api: Api) -> None:
    said = node("send_notification", toRole="ops", message="{{ secret.DIGITS }} of {{ input.of }}")
    workflow = save(api, graph("start>a"))

    test = try_out(api, workflow, document={"graph": graph("start>say", say=said)}, only="say", input={"of": "me"})

    threads.finish(test["id"])
    assert step_of(api, test["id"], "say")["output"]["message"] == "*** of me"
    (note,) = api.get(f"/notifications?execution_id={test['id']}").json()
    assert note["message"] == "*** of me"


def test_key_makes_a_test_once(api: Api) -> None:
    workflow = save(api, graph("start>a"))

    answers = [
        api.post(f"/workflows/{workflow}/test", json={}, headers={"Idempotency-Key": workflow}) for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len(api.get("/executions", params={"kind": "test", "workflow_id": workflow}).json()) == 1


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (422, {"only": "x"}, '`only` is "x", which is no node that can run; the workflow has start, a.'),
        (422, {"until": "note"}, "which is no node that can run"),
        (422, {"only": "a", "until": "a"}, "a test has one of them"),
        (422, {"input": 1}, "`input` is for the test of a node alone; name the node as `only`."),
        (422, {"until": "a", "outputs": {}}, "`outputs` is for the test of a node alone"),
        (422, {"only": "a", "outputs": {"x": 1}}, '`outputs` names "x"; it can name nodes before a: start.'),
        (422, {"payload": {}, "event_id": "x"}, "leave one of them out"),
        (404, {"event_id": "x"}, '`event_id` is "x"; there is no such event.'),
        (404, {"from": "x"}, '`from` is "x", which is neither an execution of this workflow nor a step of one.'),
        (422, {"from": 1}, "valid string"),
        (422, {"nodes": []}, "nodes"),
    ],
)
def test_wrong_test_is_refused(api: Api, status: int, body: dict[str, Any], message: str) -> None:
    workflow = save(api, graph("start>a", note=node("note")))

    for more in ({}, {"dry_run": True}):
        assert message in str(refusal(api, workflow, status, **body, **more))


def test_problem_of_a_draft_has_its_place_in_the_body(api: Api) -> None:
    workflow = save(api, graph("start>a"))
    draft = {"graph": graph("start>a", a=node("transform", value={"nonsense": []}))}

    (problem,) = refusal(api, workflow, 422, document=draft)

    assert (problem["code"], problem["pointer"]) == ("UNKNOWN_OPERATOR", "/document/graph/nodes/1/data/value")


def test_recorded_data_of_another_workflow_is_refused(threads: Stack, api: Api) -> None:
    inner = graph("start>b")
    workflow, other = save(api, graph("start>each", each=node("for_each", items=[1], graph=inner))), save(api, inner)
    first = post(api, workflow)
    threads.finish(first)

    assert "neither an execution" in refusal(api, other, 404, **{"from": first})
    (child,) = api.get("/executions", params={"parent_id": first}).json()
    assert "belongs to a graph in place, in node each" in refusal(api, workflow, 422, **{"from": child["id"]})


def test_ended_tests_are_deleted_after_some_days(threads: Stack, api: Api) -> None:
    child = node("for_each", items=[1, 2], graph=graph("start>a"))
    draft = graph("start>each>tell", each=child, tell=node("send_notification", toRole="x", message="y"))
    workflow = save(api, graph("start>a"))
    ended, waiting = (
        try_out(api, workflow, document={"graph": drawn})
        for drawn in (draft, graph("start>ask", ask=node("human_approval")))
    )
    kept = post(api, workflow)
    for id in (ended["id"], kept):
        assert threads.finish(id).status == "COMPLETED"
    threads.asks(waiting["id"])

    def remove(days: float) -> None:
        with threads.engine() as engine:
            removal = Removal(engine, partial(remove_ended_tests, days=days))
            Chore("ended_tests", removal.run_batch).run()
            Chore("ended_tests", Removal(engine, partial(remove_ended_tests, days=days)).run_batch).run()

    remove(days=1)
    assert api.get(f"/executions/{ended['id']}").status_code == 200
    remove(days=0)

    assert api.get(f"/executions/{ended['id']}").status_code == 404
    for table in ("steps", "fan_outs", "notifications"):
        assert threads.rows(f"SELECT 1 FROM {table} WHERE execution_id = %s", (ended["id"],)) == []
    versions = threads.rows("SELECT version FROM workflow_versions WHERE workflow_id = %s", (workflow,))
    assert sorted(row.version for row in versions) == sorted([waiting["version"], 1])
    assert api.get(f"/executions/{kept}").status_code == 200
    again = try_out(api, workflow)
    assert again["version"] not in (ended["version"], waiting["version"])
    threads.cancel(waiting["id"])

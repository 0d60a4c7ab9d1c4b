"""Recorded executions walked under another definition, without any effect."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service


def shadow(api: Api, workflow: str, status: int = 200, **body: Any) -> Any:
    response = api.post(f"/workflows/{workflow}/shadow", json=body)
    assert response.status_code == status, response.text
    return response.json()


def count_steps(stack: Stack, workflow: str) -> int:
    """The number of steps of all executions of a workflow."""
    statement = "SELECT count(*) AS n FROM steps JOIN executions e ON e.id = execution_id WHERE e.workflow_id = %s"
    return int(stack.rows(statement, (workflow,))[0].n)


def routed(calls: Service, least: int) -> dict[str, Any]:
    """``call``, then ``tell`` if the score is above ``least``, else ``drop``."""
    cases = [
        {"label": "hot", "condition": {">": [{"var": "score"}, least]}},
        {"label": "cold", "else": True},
    ]
    told, rate = node("http_call", url=calls.url), node("transform", value={"var": "score"})
    return graph(
        *("start>rate>call>route", "route:hot>tell", "route:cold>drop"),
        **{"rate": rate, "call": told, "route": node("branch", cases=cases), "tell": told},
    )


def test_other_threshold_diverts_some_executions(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, routed(calls, 75))
    low, middle, high = (post(api, workflow, score=score) for score in (70, 78, 90))
    threads.finish_all([low, middle, high])
    made, before = len(calls.calls), count_steps(threads, workflow)

    raised = shadow(api, workflow, graph=routed(calls, 80))
    lowered = shadow(api, workflow, graph=routed(calls, 60))
    unchanged = shadow(api, workflow, version=1)

    assert (unchanged["executions"], unchanged["same"], unchanged["differ"]) == (3, 3, [])
    difference = {"first_difference": "route", "was": "went to hot", "would_be": "went to cold"}
    assert raised["differ"] == [{"execution_id": middle, **difference}]
    assert raised["unrecorded"] == []
    assert [each["execution_id"] for each in lowered["differ"]] == [low]
    assert lowered["unrecorded"] == [{"node_id": "tell", "executions": 1}]
    assert (len(calls.calls), count_steps(threads, workflow)) == (made, before)


def test_same_version_takes_the_same_way_everywhere(threads: Stack, api: Api, calls: Service) -> None:
    count = node("transform", value={"+": [{"var": ["$steps.count", 0]}, 1]})
    again = node("branch", cases=[{"label": "more", "condition": {"<": [{"var": "$steps.count"}, 3]}}])
    looped = graph("start>count>again", "again:more>count", "again:else>last", count=count, again=again)
    refused = node("http_call", url=f"{calls.url}/x?code=500", fail_on_status=True)
    caught = graph("start>call", "call:error>mend>last", "start>ask>last", call=refused, ask=node("delay", ms=1))
    inner = graph("start>x", x=node("transform", value=1))
    parent = graph("start>each>last", each=node("for_each", items=[1, 2], graph=inner))
    failing = graph("start>a>bad>last", bad=node("fail", message="x"))
    for drawn in (looped, caught, parent, failing):
        workflow = save(api, drawn)
        threads.finish(post(api, workflow))

        found = shadow(api, workflow, version=1)

        assert (found["executions"], found["same"], found["differ"]) == (1, 1, []), drawn


def test_added_and_removed_nodes_are_named(threads: Stack, api: Api, calls: Service) -> None:
    workflow = save(api, graph("start>a>b", a=node("transform", value=1)))
    threads.finish(post(api, workflow))

    added = shadow(api, workflow, graph=graph("start>a>c>b", c=node("http_call", url=calls.url)))
    removed = shadow(api, workflow, graph=graph("start>a"))

    (first,), (second,) = added["differ"], removed["differ"]
    assert (first["first_difference"], first["was"]) == ("c", "not reached")
    assert added["unrecorded"] == [{"node_id": "c", "executions": 1}]
    assert (second["first_difference"], second["would_be"]) == ("b", "not reached")


def test_shadow_refuses_what_it_cannot_try(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a"))

    assert "Give either `version`" in shadow(api, workflow, 422)["detail"]
    assert "Version 9 of workflow" in shadow(api, workflow, 404, version=9)["detail"]
    loop = {"nodes": [{"id": "a", "type": "transform"}], "edges": [{"source": "a", "target": "a"}]}
    assert shadow(api, workflow, 422, graph=loop)["detail"][0]["code"] == "CYCLE_DETECTED"
    nobody = "0199c1f2-51c8-7a90-b3d4-6e0f8a1b2c44"
    assert shadow(api, nobody, 404, version=1)["detail"] == f"Workflow {nobody} does not exist."

"""Every step of an execution that workers have walked explains itself, in all four dialects."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

TASKS = """
name: shipping
parameters: [{name: total, type: integer}]
tasks:
  - {id: check, activity_type: transform, config: {value: 1}}
  - {id: ship, activity_type: transform, depends_on: [check], when: {">": [{var: total}, 10]}, config: {value: 2}}
  - {id: note, activity_type: transform, depends_on: [ship], config: {value: 3}}
"""


def explain(api: Api, execution: str) -> dict[str, Any]:
    """The explanations of all steps of an execution, by node; of several visits the last."""
    found = {}
    for step in api.get(f"/executions/{execution}/steps").json():
        response = api.get(f"/steps/{step['id']}/explain")
        assert response.status_code == 200, response.text
        found[step["node_id"]] = response.json()
        assert found[step["node_id"]]["step_id"] == step["id"]
    return found


#                  ┌─hot──▶ call ─▶ tell ─┐
#   start ─▶ route ┤                      ├─▶ more ─again─▶ more
#                  └─else─▶ drip ─────────┘
def test_steps_of_a_graph_explain_each_other(threads: Stack, threads_api: Api) -> None:
    hot = [{"label": "hot", "condition": {">": [{"var": "score"}, 75]}}, {"label": "else", "else": True}]
    again = [{"label": "again", "condition": {"<": [{"var": "$steps.count.n"}, 2]}, "next": "count"}, {"else": True}]
    counted = {"n": {"+": [{"var": ["$steps.count.n", 0]}, 1]}, "of": 2}
    drawn = graph(
        "start>route:hot>call>tell>count>more:else>end",
        "route:else>drip>count",
        start=node("start"),
        route=node("branch", cases=hot),
        call=node("transform", value=1),
        tell=node("transform", value=2),
        drip=node("transform", value=3),
        count=node("transform", value=counted),
        more=node("branch", cases=again),
        end=node("end"),
    )
    execution = post(threads_api, save(threads_api, drawn), score=20)
    assert threads.finish(execution).status == "COMPLETED"

    found = explain(threads_api, execution)

    assert found["route"]["sentence"] == "*route* took case else, because no case above it holds."
    assert found["route"]["cases"][0]["words"] == "`score` was 20 and the case asks for more than 75"
    assert found["tell"]["caused_by"] == found["call"]["caused_by"] == found["route"]["step_id"]
    assert found["tell"]["sentence"].startswith("*tell* was skipped, by way of *call*, because *route* took case else")
    assert "`$steps.count.n` was 2" in found["more"]["cases"][0]["words"]


def test_steps_of_tasks_explain_their_when(threads: Stack, threads_api: Api) -> None:
    workflow = threads_api.post("/workflows", json={"definition_yaml": TASKS}).json()
    body = {"workflow_id": workflow["id"], "payload": {"total": 5}}
    execution = threads_api.post("/executions", json=body).json()["id"]
    threads.finish(execution)

    found = explain(threads_api, execution)

    assert "its `when` does not hold: `total` was 5" in found["ship"]["sentence"]


def test_steps_of_a_dag_explain_their_join(threads: Stack, threads_api: Api) -> None:
    nodes = [
        {"id": "input", "handler": "input", "dependencies": []},
        *({"id": id, "handler": "transform", "dependencies": ["input"], "config": {"value": 1}} for id in "ab"),
        {"id": "output", "handler": "output", "dependencies": ["a", "b"]},
    ]
    saved = threads_api.post("/v1/workflow", json={"name": "d", "dag": {"nodes": nodes}}).json()
    execution = threads_api.post(f"/v1/workflow/trigger/{saved['execution_id']}", json={"input_params": {}}).json()
    threads.finish(execution["execution_id"])

    found = explain(threads_api, execution["execution_id"])

    assert found["output"]["join"] == {"needed": 2, "arrived": ["a", "b"], "skipped": [], "missing": []}


def test_steps_of_steps_explain_themselves(threads: Stack, threads_api: Api) -> None:
    body = {
        "name": "s",
        "steps": [
            {"execution_type": "sequential", "tasks": [{"name": "task_a", "params": {}}]},
            {
                "execution_type": "parallel",
                "tasks": [{"name": "task_b", "params": {}}, {"name": "task_c", "params": {}}],
            },
        ],
    }
    execution = threads_api.post("/api/workflow", json=body).json()["workflow_id"]
    threads.finish(execution)

    assert all(each["sentence"] for each in explain(threads_api, execution).values())

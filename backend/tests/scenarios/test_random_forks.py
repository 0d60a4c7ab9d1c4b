"""Forks of random graphs, from each of their steps, against executions that had the change from the start."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.api.client import Api
from tests.long import SOAK
from tests.scenarios.door import save
from tests.scenarios.graphs import node
from tests.scenarios.stack import Stack

GRAPHS = 40 if SOAK else 2
SIZE = 6


def draw(chance: Random, child: str) -> dict[str, Any]:
    """Nodes in a row, with edges that lead on: values, choices and children. Node ``n1`` reads only ``n1``."""
    nodes: list[dict[str, Any]] = [{"id": "start", **node("start")}]
    edges = []
    for number in range(1, SIZE):
        id, sources = f"n{number}", {chance.choice(nodes)["id"], chance.choice(nodes)["id"]}
        seen = {"var": [id, 0]}
        made = [
            node("transform", value={"+": [seen, 1]}),
            node("branch", cases=[{"label": "x", "condition": {">": [seen, 0]}}, {"label": "y", "else": True}]),
            node("sub_workflow", workflow_id=child, payload={"n": f"{{{{ {id} }}}}"}),
        ]
        for source in sorted(sources):
            chooses = next(each["type"] for each in nodes if each["id"] == source) == "branch"
            edges.append({"source": source, "target": id, "sourceHandle": chance.choice("xy") if chooses else None})
        nodes.append({"id": id, **chance.choice(made)})
    return {"nodes": nodes, "edges": edges}


def start(api: Api, workflow: str, payload: Any) -> str:
    response = api.post("/executions", json={"workflow_id": workflow, "payload": payload})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def outcome(stack: Stack, execution: str) -> dict[str, Any]:
    """What became of each node, and the result; without ``start``, whose output is the whole payload."""
    ended = stack.finish(execution)
    found = stack.steps(execution)
    steps = {step.node_id: (step.status, step.branch, step.output) for step in found if step.node_id != "start"}
    return {"status": ended.status, "output": ended.output, **steps}


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_fork_from_each_step_ends_like_a_changed_start(threads: Stack, threads_api: Api, seed: int) -> None:
    chance = Random(seed)
    child = save(threads_api, {"nodes": [{"id": "a", **node("transform", value={"var": "n"})}], "edges": []})
    workflow = save(threads_api, draw(chance, child))
    payload = {f"n{number}": chance.randint(0, 1) for number in range(1, SIZE)}
    first = start(threads_api, workflow, payload)
    threads.finish(first)
    pairs = []
    for step in threads.steps(first):
        if step.status == "COMPLETED":
            changed = {**payload, step.node_id: 1 - payload.get(step.node_id, 0)}
            body = {"from": str(step.id), "payload": changed}
            forked = threads_api.post(f"/executions/{first}/fork", json=body)
            assert forked.status_code == 201, forked.text
            pairs.append((forked.json()["id"], start(threads_api, workflow, changed)))

    assert len(pairs) > 1
    for forked, fresh in pairs:
        assert outcome(threads, forked) == outcome(threads, fresh)

"""Live executions that go on under another version of their workflow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.scenarios.door import post, save
from tests.scenarios.graphs import Node, graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

ASK = node("human_approval", title="Go on?")


def replace(api: Api, workflow: str, drawn: dict[str, Any]) -> int:
    """The version that a workflow has with this graph."""
    saved = api.put(f"/workflows/{workflow}", json={"name": "w", "trigger": False, "graph": drawn})
    return int(saved.json()["version"])


def migrate(api: Api, execution: str, version: int, status: int = 200, **body: Any) -> Any:
    response = api.post(f"/executions/{execution}/migrate", json={"version": version, **body})
    assert response.status_code == status, response.text
    return response.json()


def said(text: Any) -> Node:
    return node("transform", value=text)


def test_waiting_execution_ends_as_the_new_version_would(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a>ask>last", ask=ASK, last=said("old")))
    id = post(api, workflow)
    approval = threads.asks(id).id
    version = replace(api, workflow, graph("start>a>ask>more>last", ask=ASK, more=said(1), last=said("new")))

    moved = migrate(api, id, version)

    assert (moved["version"], moved["migrated_from"]) == (version, 1)
    threads.decide(approval)
    assert threads.finish(id).output == "new"
    assert threads.ran(id) == ["start", "a", "ask", "more", "last"]


def test_open_join_counts_on_under_the_new_version(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a>merge", "start>ask>merge>last", ask=ASK, last=said("old")))
    id = post(api, workflow)
    approval = threads.asks(id).id
    threads.wait_for_step(id, "a", "COMPLETED")
    drawn = graph("start>a>merge", "start>ask>merge>last", ask=ASK, last=said("new"))
    version = replace(api, workflow, drawn)

    migrate(api, id, version)

    threads.decide(approval)
    assert threads.finish(id).output == "new"


@pytest.mark.parametrize(
    ("paths", "nodes", "obstacle", "reason"),
    [
        (("start>a>ask>last",), {"ask": node("human_approval", title="Else")}, "ask", "has other data"),
        (("start>a>ask>last",), {"a": said(2)}, "a", "has other data"),
        (("start>a>ask>last",), {"a": node("end")}, "a", "is of type end, not transform"),
        (("start>ask>last",), {}, "a", "is missing"),
        (("start>a>ask>last", "a>b"), {}, "b", "would have been reached already"),
        (("start>a>gate>ask>last",), {}, "ask", "would not have been started yet"),
    ],
)
def test_past_that_differs_names_its_node(
    threads: Stack, api: Api, paths: tuple[str, ...], nodes: dict[str, Node], obstacle: str, reason: str
) -> None:
    workflow = save(api, graph("start>a>ask>last", ask=ASK))
    id = post(api, workflow)
    threads.asks(id)
    version = replace(api, workflow, graph(*paths, **{"ask": ASK, **nodes}))

    found = migrate(api, id, version, dry_run=True)

    message = f"Execution {id} cannot go on under version {version}: node {obstacle} {reason}."
    obstacles = [{"execution_id": id, "node_id": obstacle, "message": message}]
    assert found == {"can": [], "cannot": obstacles, "moved": False}
    assert migrate(api, id, version, 409)["detail"] == message
    assert threads.execution(id).version == 1


def test_join_with_another_edge_is_refused(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a>merge", "start>ask>merge>last", ask=ASK))
    id = post(api, workflow)
    threads.asks(id)
    threads.wait_for_step(id, "a", "COMPLETED")
    version = replace(api, workflow, graph("start>a>z", "start>ask>merge>last", "z>merge", ask=ASK))

    assert "node z would have been reached already" in migrate(api, id, version, 409)["detail"]


def test_running_node_is_moved_once_it_is_paused(threads: Stack, api: Api, calls: Service) -> None:
    held = node("http_call", url=calls.url + "/hold")
    workflow = save(api, graph("start>held>next>last", held=held, last=said("old")))
    id = post(api, workflow)
    calls.wait_for("/hold")
    version = replace(api, workflow, graph("start>held>next>last", held=held, last=said("new")))

    refused = migrate(api, id, version, 409)["detail"]
    threads.pause(id)
    calls.released.set()
    threads.wait_for_step(id, "held", "COMPLETED")
    migrate(api, id, version)
    threads.resume(id)

    assert refused == f"Node held of execution {id} is running; pause the execution, and move it afterwards."
    assert threads.finish(id).output == "new"


def test_executions_of_a_workflow_are_moved_together(threads: Stack, api: Api) -> None:
    workflow = save(api, graph("start>a>ask>last", ask=ASK, last=said("old")))
    ids = [post(api, workflow) for _ in range(3)]
    approvals = [threads.asks(id).id for id in ids]
    version = replace(api, workflow, graph("start>a>ask>last", ask=ASK, last=said("new")))

    preview = api.post(f"/workflows/{workflow}/migrate", json={"version": version, "dry_run": True}).json()
    moved = api.post(f"/workflows/{workflow}/migrate", json={"version": version, "from_version": 1}).json()

    assert preview == {"can": ids, "cannot": [], "moved": False}
    assert moved == {"can": ids, "cannot": [], "moved": True}
    for approval in approvals:
        threads.decide(approval)
    assert {threads.finish(id).output for id in ids} == {"new"}


def test_ended_execution_is_not_moved(threads: Stack, api: Api) -> None:
    id = post(api, save(api, graph("start>a")))
    threads.finish(id)

    assert "only one that goes on can be moved. Fork it instead." in migrate(api, id, 1, 409)["detail"]
    assert "Version 9 of workflow" in migrate(api, id, 9, 404)["detail"]

"""Events of the engine on real workers: an error workflow, and a step that may not imitate one."""

from __future__ import annotations

from typing import Any

from app.graph.engine_events import FAILED
from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack


#   stock: start ─▶ count ✗        alert: start ─▶ tell
def test_error_workflow_runs_when_an_execution_fails(threads: Stack, threads_api: Api) -> None:
    stock = threads_api.save(graph=graph("start>count", count=node("fail", message="nothing is left")), trigger=None)
    trigger = {"and": [{"==": [{"var": "$event.type"}, FAILED]}, {"==": [{"var": "workflow_id"}, stock["id"]]}]}
    tell = node("send_notification", toRole="ops", message="{{ payload.workflow_name }}: {{ payload.error.message }}")
    alert = threads_api.save(graph=graph("start>tell", tell=tell), trigger=trigger)

    failed = threads_api.post("/executions", json={"workflow_id": stock["id"]}).json()["id"]

    (ran,) = wait_for_executions(threads, alert["id"])
    assert threads.finish(ran).status == "COMPLETED"
    (note,) = threads_api.get(f"/notifications?execution_id={ran}").json()
    assert note["message"] == "w: nothing is left"
    event = threads_api.get(f"/events/{threads.execution(ran).event_id}").json()
    assert (event["type"], event["cause"]) == (FAILED, {"execution_id": failed, "node_id": "count"})
    threads_api.delete(f"/workflows/{alert['id']}")


def wait_for_executions(stack: Stack, workflow: str) -> list[str]:
    def list_ids() -> list[str]:
        return [row.id for row in stack.rows("SELECT id FROM executions WHERE workflow_id = %s", (workflow,))]

    assert wait_until(lambda: bool(list_ids()), seconds=20), stack.log[-4000:]
    return list_ids()


def test_step_cannot_post_a_reserved_type(threads: Stack) -> None:
    for data in ({"type": FAILED}, {"payload": {"$event": {"type": FAILED}}}):
        id = threads.begin(graph("start>a", a=node("emit_event", **data)))

        error: Any = threads.finish(id).error
        assert error["type"] == "InvalidData"
        assert "types that begin with `trigraph.` are reserved for events of Trigraph itself" in error["message"]

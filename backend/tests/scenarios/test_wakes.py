"""A wait for a time is ended by hand, and no other wait is."""

from __future__ import annotations

from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

HOUR = 3_600_000
FAILING = node("flaky", succeeds_at=2, retry={"max_attempts": 3, "initial_interval": 3600, "max_interval": 3600})
APPROVAL = node("human_approval", title="Refund", max_wait_time=HOUR)


def only_action(api: Api, execution: str, label: str) -> dict[str, Any]:
    """The request of the outermost cause, once it is the only one and has this label."""

    def actions() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.get(f"/executions/{execution}/why").json()["causes"][0]["actions"]
        return found

    assert wait_until(lambda: [each["label"] for each in actions()] == [label], seconds=20), actions()
    return actions()[0]


@pytest.mark.parametrize(("label", "waits"), [("Wake now", node("delay", ms=HOUR)), ("Try now", FAILING)])
def test_wait_for_a_time_is_ended_by_its_action(threads: Stack, api: Api, label: str, waits: Any) -> None:
    id = threads.begin(graph("start>at>last", at=waits))
    action = only_action(api, id, label)

    answer = api.request(action["method"], action["path"])

    assert (answer.status_code, answer.json()["id"]) == (200, id)
    assert threads.finish(id).status == "COMPLETED"
    assert threads.ran(id) == ["start", "at", "last"]
    (deed,) = threads.rows("SELECT action, detail FROM audit WHERE thing_id = %s AND action = 'wake'", (id,))
    assert deed.detail == {"node_id": "at", "visit": 1}


def test_compensation_that_waits_is_woken(threads: Stack, api: Api) -> None:
    done = node("transform", value=1, compensate="undo")
    undo = node("delay", ms=HOUR)
    id = threads.begin(graph("start>done>bad", "undo", done=done, undo=undo, bad=node("fail", message="x")))
    threads.wait_for_step(id, "undo", "WAITING")

    assert api.post(f"/steps/{threads.step(id, 'undo').id}/wake").status_code == 200

    assert threads.finish(id).status == "FAILED"
    assert threads.step(id, "undo").status == "COMPLETED"


@pytest.mark.parametrize(
    ("waits", "reason"),
    [
        (APPROVAL, "is WAITING, and waits for no time."),
        (node("waits"), "is WAITING, and waits for no time."),
        (node("wait_for_event", condition={"==": [{"var": "no"}, 1]}, max_wait_time=HOUR), "waits for no time."),
    ],
)
def test_wait_for_something_else_is_not_ended(threads: Stack, api: Api, waits: Any, reason: str) -> None:
    id = threads.begin(graph("start>at", at=waits))
    threads.wait_for_step(id, "at", "WAITING")

    refused = api.post(f"/steps/{threads.step(id, 'at').id}/wake")

    assert (refused.status_code, reason in refused.json()["detail"]) == (409, True), refused.text
    assert threads.step(id, "at").status == "WAITING"


def test_paused_and_ended_steps_are_not_woken(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>at", at=node("delay", ms=HOUR)))
    threads.wait_for_step(id, "at", "WAITING")
    start, at = threads.step(id, "start").id, threads.step(id, "at").id

    api.post(f"/executions/{id}/pause")
    paused = api.post(f"/steps/{at}/wake")
    api.post(f"/executions/{id}/resume")
    ended = api.post(f"/steps/{start}/wake")
    api.post(f"/executions/{id}/cancel")
    cancelled = api.post(f"/steps/{at}/wake")

    assert paused.json()["detail"] == f"Execution {id} is paused; resume it first."
    assert ended.json()["detail"] == f"Step {start} of node start is COMPLETED, and waits for no time."
    assert cancelled.json()["detail"] == f"Step {at} of node at does not wait any more."
    assert {paused.status_code, ended.status_code, cancelled.status_code} == {409}


def test_failed_attempt_is_not_woken_for_the_next_one(threads: Stack, api: Api) -> None:
    id = threads.begin(graph("start>at", at=FAILING))
    threads.wait_for_step(id, "at", "WAITING")
    first = next(step.id for step in threads.steps(id) if step.node_id == "at" and step.attempt == 1)

    refused = api.post(f"/steps/{first}/wake")

    assert refused.status_code == 409
    assert threads.step(id, "at").status == "WAITING"


def test_unknown_step_is_not_woken(api: Api) -> None:
    for id in ("0199c1f2-51c8-7a90-b3d4-6e0f8a1b2c44", "nonsense"):
        assert api.post(f"/steps/{id}/wake").status_code == 404

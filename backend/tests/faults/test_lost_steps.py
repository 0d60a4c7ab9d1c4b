"""Workers that are killed in the middle of a call: what each ``on_lost`` makes of it, at a server that counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.door import door
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service


def lose(stack: Stack, calls: Service, on_lost: str) -> str:
    """An execution whose worker was killed while the server held its call; another worker runs."""
    call = node("http_call", method="POST", url=calls.url + "/hold", body={"sum": 12}, on_lost=on_lost)
    stack.start_worker()
    id = stack.begin(graph("start>a>b", "a:error>c", a=call))
    calls.wait_for("/hold")
    stack.kill_workers()
    calls.released.set()
    stack.start_worker()
    return id


def test_lost_call_is_made_again(fresh: Stack, calls: Service) -> None:
    id = lose(fresh, calls, "again")

    assert fresh.finish(id).status == "COMPLETED"
    assert list(calls.keys("/hold").values()) == [2]
    assert fresh.ran(id) == ["start", "a", "b"]


def test_lost_call_fails_and_is_made_once(fresh: Stack, calls: Service) -> None:
    id = lose(fresh, calls, "fail")

    assert fresh.finish(id).status == "COMPLETED"
    assert list(calls.keys("/hold").values()) == [1]
    assert fresh.step(id, "a").error["type"] == "Unknown"
    assert fresh.ran(id) == ["start", "c"]


@pytest.mark.parametrize("happened", [True, False])
def test_lost_call_waits_for_the_answer_of_a_person(fresh: Stack, calls: Service, happened: bool) -> None:
    id = lose(fresh, calls, "ask")
    question = fresh.asks(id)
    request: dict[str, Any] = question.context["request"]
    with door(fresh) as api:
        (cause,) = api.get(f"/executions/{id}/why").json()["causes"]
    fresh.kill_workers()
    fresh.start_worker()

    fresh.decide(question.id, happened, "ann", output={"status_code": 201} if happened else None)

    assert fresh.finish(id).status == "COMPLETED"
    assert cause["sentence"] == "Node a lost its worker, and waits for a person to say whether it happened."
    assert [action["label"] for action in cause["actions"]] == ["It happened", "Run it again"]
    assert (request["url"], request["body"]) == (calls.url + "/hold", {"sum": 12})
    assert [question.context["idempotency_key"]] == list(calls.keys("/hold"))
    assert list(calls.keys("/hold").values()) == [1 if happened else 2]
    assert fresh.step(id, "a").output["status_code"] == (201 if happened else 200)

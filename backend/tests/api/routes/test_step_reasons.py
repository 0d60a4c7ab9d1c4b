"""``GET /steps/{id}/explain``: why a step went the way that it did."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

HOT, COLD = {">": [{"var": "lead.score"}, 75]}, {"<": [{"var": "lead.score"}, 50]}

#                 ┌─hot──▶ call ──▶ tell ─┐
#   start ─▶ route┤                       ├─▶ done
#                 └─cold─▶ drip ──────────┘
ROUTED: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "route",
            "type": "branch",
            "data": {"cases": [{"label": "hot", "condition": HOT}, {"label": "cold", "condition": COLD}]},
        },
        *({"id": id, "type": "transform"} for id in ("call", "tell", "drip", "done")),
    ],
    "edges": [
        {"source": "start", "target": "route"},
        {"source": "route", "target": "call", "sourceHandle": "hot"},
        {"source": "route", "target": "drip", "sourceHandle": "cold"},
        {"source": "call", "target": "tell"},
        {"source": "tell", "target": "done"},
        {"source": "drip", "target": "done"},
    ],
}


class Walked:
    """A recorded execution whose steps have known ids."""

    def __init__(self, api: Api, settings: Settings, graph: Any, payload: Any) -> None:
        self.api = api
        api.save(graph=graph)
        self.id = api.fire(payload)["executions"][0]["id"]
        self.recorded = RecordedExecution(settings.database, self.id)

    def step(self, node_id: str, status: str = "COMPLETED", output: Any = None, **columns: Any) -> str:
        id = new_id()
        self.recorded.step(node_id, status, output, id=id, **columns)
        return id

    def explain(self, step_id: str, **query: Any) -> Any:
        response = self.api.get(f"/steps/{step_id}/explain", params=query)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def cold(api: Api, settings: Settings) -> tuple[Walked, dict[str, str]]:
    """The routed graph after a lead with a score of 20."""
    walked = Walked(api, settings, ROUTED, {"lead": {"score": 20}})
    ids = {
        "start": walked.step("start", type="start"),
        "route": walked.step("route", output={"label": "cold", "selected_next": None}, type="branch", branch="#cold"),
        "call": walked.step("call", "SKIPPED"),
        "tell": walked.step("tell", "SKIPPED"),
        "drip": walked.step("drip"),
        "done": walked.step("done"),
    }
    return walked, ids


def test_branch_shows_each_case_with_its_values(cold: tuple[Walked, dict[str, str]]) -> None:
    walked, ids = cold

    answer = walked.explain(ids["route"])

    assert answer["sentence"] == "*route* took case cold: `lead.score` was 20, which is less than 50."
    assert [(case["label"], case["taken"], case["decision"]) for case in answer["cases"]] == [
        ("hot", False, "not_matched"),
        ("cold", True, "matched"),
    ]
    assert answer["cases"][0]["words"] == "`lead.score` was 20 and the case asks for more than 75"
    assert answer["cases"][1]["tree"]["args"][0]["value"] == 20


def test_skipped_step_leads_back_to_the_choice(cold: tuple[Walked, dict[str, str]]) -> None:
    walked, ids = cold

    near, far = walked.explain(ids["call"]), walked.explain(ids["tell"])

    assert near["caused_by"] == far["caused_by"] == ids["route"]
    reason = "*route* took case cold, and not case hot: `lead.score` was 20 and the case asks for more than 75."
    assert near["sentence"] == f"*call* was skipped, because {reason}"
    assert far["sentence"] == f"*tell* was skipped, by way of *call*, because {reason}"


def test_join_shows_its_arrivals(cold: tuple[Walked, dict[str, str]]) -> None:
    walked, ids = cold

    assert walked.explain(ids["done"])["join"] == {
        "needed": 2,
        "arrived": ["drip"],
        "skipped": ["tell"],
        "missing": [],
    }


def test_join_that_is_not_met_shows_what_is_missing(api: Api, settings: Settings) -> None:
    graph = {
        "nodes": [*({"id": id, "type": "transform"} for id in "abc"), {"id": "d", "type": "transform"}],
        "edges": [{"source": "a", "target": "d"}, {"source": "b", "target": "d"}, {"source": "c", "target": "d"}],
    }
    graph["nodes"][3]["data"] = {"join": {"at_least": 2}}  # type: ignore[assignment]
    walked = Walked(api, settings, graph, {})
    walked.step("a")
    walked.step("b", "WAITING")
    walked.step("c")
    id = walked.step("d")

    assert walked.explain(id)["join"] == {"needed": 2, "arrived": ["a", "c"], "skipped": [], "missing": ["b"]}


def test_case_above_is_the_reason_if_both_hold(api: Api, settings: Settings) -> None:
    walked = Walked(api, settings, ROUTED, {"lead": {"score": None}})
    walked.step("start", type="start")
    walked.step("route", output={"label": None, "selected_next": None}, type="branch")
    id = walked.step("call", "SKIPPED")

    assert walked.explain(id)["sentence"].startswith("*call* was skipped, because *route* took ")


def test_wait_names_its_event_and_its_condition(api: Api, settings: Settings) -> None:
    condition = {"==": [{"var": "order"}, {"var": "$context.order"}]}
    graph = {
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "paid", "type": "wait_for_event", "data": {"condition": condition}},
        ],
        "edges": [{"source": "start", "target": "paid"}],
    }
    walked = Walked(api, settings, graph, {"order": "A17"})
    event = api.fire({"order": "A17"})["event_id"]
    walked.step("start", type="start")
    id = walked.step("paid", output={"event_id": event, "event": {"order": "A17"}}, type="wait_for_event")

    answer = walked.explain(id)

    assert answer["event_id"] == event
    assert answer["sentence"].startswith(f"*paid* continued with event {event}, which met its condition: `order` was")
    assert answer["tree"]["truthy"]


def test_rule_sees_the_outputs_of_its_own_turn(api: Api, settings: Settings) -> None:
    more = {"<": [{"var": "$steps.count.n"}, 3]}
    graph = {
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "count", "type": "transform"},
            {
                "id": "more",
                "type": "branch",
                "data": {
                    "cases": [{"label": "again", "condition": more, "next": "count"}, {"label": "end", "else": True}]
                },
            },
        ],
        "edges": [{"source": "start", "target": "count"}, {"source": "count", "target": "more"}],
    }
    walked = Walked(api, settings, graph, {})
    moment = "2026-01-01T00:00:00Z"
    at = {"started_at": moment, "finished_at": moment}
    walked.step("count", output={"n": 2}, scope="1", **at)
    first = walked.step(
        "more", output={"label": "again", "selected_next": "count"}, type="branch", branch="→count", scope="1", **at
    )
    walked.step("count", output={"n": 3}, scope="2", visit=2, **at)
    second = walked.step(
        "more", output={"label": "end", "selected_next": None}, type="branch", scope="2", visit=2, **at
    )

    assert "`$steps.count.n` was 2, which is less than 3" in walked.explain(first)["sentence"]
    assert walked.explain(second)["sentence"] == "*more* took case end, because no case above it holds."
    assert "`$steps.count.n` was 3 and" in walked.explain(second)["cases"][0]["words"]


TASKS = """
name: shipping
tasks:
  - {id: check, activity_type: transform, config: {value: 1}}
  - {id: ship, activity_type: transform, depends_on: [check], when: {">": [{var: total}, 10]}, config: {value: 2}}
"""


def test_task_whose_when_does_not_hold_says_so(api: Api, settings: Settings) -> None:
    workflow = api.post("/workflows", json={"definition_yaml": TASKS}).json()
    started = api.post("/executions", json={"workflow_id": workflow["id"], "payload": {"total": 5}}).json()
    recorded = RecordedExecution(settings.database, started["id"])
    recorded.step("check")
    gate, ship = new_id(), new_id()
    output = {"label": "else", "selected_next": None}
    recorded.step("ship?", output=output, id=gate, type="branch", branch="#else")
    recorded.step("ship", "SKIPPED", id=ship)

    answer = api.get(f"/steps/{ship}/explain").json()

    assert answer["caused_by"] == gate
    assert answer["sentence"] == (
        "*ship* was skipped, because its `when` does not hold: `total` was 5 and the case asks for more than 10."
    )


def test_failed_step_has_its_message(api: Api, settings: Settings) -> None:
    walked = Walked(api, settings, ROUTED, {})
    id = walked.step("start", "FAILED", type="start", error='{"type": "Timeout", "message": "Nobody answered."}')

    assert walked.explain(id)["sentence"] == "*start* ran and failed: Nobody answered."


def test_step_is_found_by_its_id_however_old(api: Api, settings: Settings) -> None:
    walked = Walked(api, settings, ROUTED, {"lead": {"score": 20}})
    id = f"00000000-0000-7000-8000-{new_id()[-12:]}"
    walked.recorded.step("start", output={"n": 1}, id=id, type="start")

    assert walked.explain(id)["execution_id"] == walked.id
    for unknown in (new_id(), "nope"):
        response = api.get(f"/steps/{unknown}/explain")
        assert (response.status_code, response.json()["detail"]) == (404, f"Step {unknown} does not exist.")


PAID = {"and": [{"==": [{"var": "order"}, {"var": "$context.order"}]}, {">": [{"var": "paid"}, 10]}]}
WAITING: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "wait", "type": "wait_for_event", "data": {"condition": PAID}},
    ],
    "edges": [{"source": "start", "target": "wait"}],
}


def test_condition_of_a_wait_is_tried_on_an_event(api: Api, settings: Settings) -> None:
    walked = Walked(api, settings, WAITING, {"order": "A17"})
    start, wait = walked.step("start", type="start"), walked.step("wait", "WAITING", type="wait_for_event")
    near, fits = (api.fire({"order": "A17", "paid": paid})["event_id"] for paid in (5, 20))

    missed, met = (walked.explain(wait, event_id=event) for event in (near, fits))

    assert missed["event_id"] == near
    assert missed["sentence"] == (
        f"Event {near} does not meet the condition of *wait*: `paid` was 5 and the condition asks for more than 10."
    )
    assert missed["tree"]["args"][1]["words"] == "`paid` was 5 and the condition asks for more than 10"
    assert met["sentence"].startswith(f'Event {fits} meets the condition of *wait*: `order` was "A17"')
    refused = api.get(f"/steps/{start}/explain", params={"event_id": near})
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        f"Step {start} of node start is of type start; `event_id` is for a step of type wait_for_event."
    )
    assert api.get(f"/steps/{wait}/explain", params={"event_id": new_id()}).status_code == 404


def test_step_is_found_in_its_execution_only(cold: tuple[Walked, dict[str, str]]) -> None:
    walked, ids = cold

    assert walked.explain(ids["route"], execution_id=walked.id)["execution_id"] == walked.id
    for path in (f"{new_id()}/explain", "nope/explain", f"{ids['route']}/explain?execution_id={new_id()}"):
        assert walked.api.get(f"/steps/{path}").status_code == 404

"""``POST /triggers/explain``: a rule is tried on events, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

RULE = {"and": [{"==": [{"var": "lead.source"}, "LinkedIn"]}, {">": [{"var": "lead.score"}, 75]}]}
LEAD = {"lead": {"source": "LinkedIn", "score": 70}}


def explain(api: Api, **body: Any) -> Any:
    response = api.post("/triggers/explain", json={"rule": RULE, **body})
    assert response.status_code == 200, response.text
    return response.json()


def refusal(api: Api, body: Any) -> str:
    response = api.post("/triggers/explain", json=body)
    assert response.status_code == 422, response.text
    return str(response.json()["detail"])


def test_event_that_does_not_match_is_explained(api: Api) -> None:
    answer = explain(api, event=LEAD)

    assert answer["decision"] == "not_matched"
    assert answer["sentence"] == ("It did not start because `lead.score` was 70 and the trigger asks for more than 75.")
    assert (answer["first_failing"], answer["failing"], answer["near"]) == ("/and/1", 1, True)
    assert [arg["truthy"] for arg in answer["tree"]["args"]] == [True, False]
    assert answer["flips"][0] == {
        "target": "event",
        "changes": [
            {
                "pointer": "/lead/score",
                "path": "lead.score",
                "from": 70,
                "to": 76,
                "words": "change `lead.score` from 70 to 76",
            }
        ],
        "checked": True,
    }
    assert (answer["flips_complete"], answer["unseen"], answer["notes"]) == (True, [], [])


def test_skipped_clause_says_what_it_would_be(api: Api) -> None:
    answer = explain(api, event={"lead": {"source": "Web", "score": 90}})

    skipped = answer["tree"]["args"][1]
    assert (skipped["evaluated"], skipped["value"], skipped["would_be"]) == (False, None, True)


def test_several_events_are_explained_in_their_order(api: Api) -> None:
    found = explain(api, events=[LEAD, {"lead": {"source": "LinkedIn", "score": 90}}, {}])

    assert [each["decision"] for each in found] == ["not_matched", "matched", "not_matched"]
    assert explain(api, events=[]) == []


def test_stored_event_is_explained_with_its_metadata(api: Api) -> None:
    headers = {"content-type": "application/cloudevents+json"}
    event = {"specversion": "1.0", "id": "1", "source": "/crm", "type": "lead.new", "data": LEAD}
    id = api.fire(event, headers=headers)["event_id"]

    answer = explain(api, rule={"==": [{"var": "$event.type"}, "lead.old"]}, event_id=id)

    assert '`$event.type` was "lead.new" and the trigger asks for "lead.old"' in answer["sentence"]
    assert answer["event"]["id"] == id
    assert answer["flips"][0]["changes"][0]["path"] == "$event.type"


def test_rule_is_compared_with_the_trigger_of_a_workflow(api: Api) -> None:
    workflow = api.save(trigger={">": [{"var": "lead.score"}, 50]})

    answer = explain(api, event=LEAD, workflow_id=workflow["id"], compare_to="current")

    assert (answer["decision"], answer["compared"]["decision"]) == ("not_matched", "matched")
    assert answer["compared"]["revision"] == "current"
    assert answer["compared"]["tree"]["op"] == ">"
    assert answer["workflow"]["id"] == workflow["id"]


def test_yes_is_turned_into_no_when_asked(api: Api) -> None:
    event = {"lead": {"source": "LinkedIn", "score": 90}}

    assert explain(api, event=event)["flips"] == []
    assert explain(api, event=event, flip="no")["flips"][0]["changes"][0]["to"] == 75


def test_rule_that_gives_up_is_an_error_decision(api: Api) -> None:
    answer = explain(api, rule={"*": []}, event={})

    assert (answer["decision"], answer["flips"]) == ("error", [])
    assert answer["tree"]["error"] in answer["sentence"]


def test_nothing_is_stored(api: Api) -> None:
    api.save(trigger=True)
    explain(api, event=LEAD)

    assert api.get("/events").json() == []
    assert api.get("/executions").json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"event": {}}, "Field required"),
        ({"rule": True}, "exactly one of event, event_id and events; the body has none of them"),
        ({"rule": True, "event": {}, "events": []}, "the body has event and events"),
        ({"rule": True, "events": [{}] * 51}, "at most 50"),
        ({"rule": True, "event": []}, "valid dictionary"),
        ({"rule": True, "event": {}, "flips": "no"}, 'The key "flips" is unknown'),
        ({"rule": True, "event": {}, "flip": "maybe"}, "'yes' or 'no'"),
        ({"rule": True, "event": {}, "compare_to": "current"}, "compare_to needs workflow_id"),
        ({"rule": {"nope": 1}, "event": {}}, "The rule: The operator 'nope' is not known."),
        ({"rule": {"a": 1, "b": 2}, "event": {}}, "RULE_KEYS"),
    ],
)
def test_bad_question_is_refused_by_name(api: Api, body: Any, message: str) -> None:
    assert message in refusal(api, body)


def test_unknown_event_and_workflow_are_not_found(api: Api) -> None:
    assert api.post("/triggers/explain", json={"rule": True, "event_id": "nope"}).status_code == 404
    body = {"rule": True, "event": {}, "workflow_id": "nope", "compare_to": "current"}
    assert api.post("/triggers/explain", json=body).status_code == 404


def test_large_question_gets_a_bounded_answer(api: Api) -> None:
    rule = {"and": [{"some": [{"var": "numbers"}, {"<": [{"var": ""}, -n]}]} for n in range(500)]}

    response = api.post("/triggers/explain", json={"rule": rule, "event": {"numbers": [*range(100_000)]}})

    assert response.json()["truncated"]
    assert len(response.content) < 10_000_000

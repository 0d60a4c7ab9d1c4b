"""Why events did or did not start workflows: the decisions of all, one explained, near misses, fields."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from tests.api.client import NOTE, Api

SCORE = {">": [{"var": "lead.score"}, 75]}
NEAR = {"and": [{"==": [{"var": "lead.source"}, "LinkedIn"]}, SCORE]}
FAR = {"and": [SCORE, {"==": [{"var": "lead.source"}, "ad"]}, {"var": "lead.title"}]}
LEAD = {"lead": {"source": "LinkedIn", "score": 70}}


def explain(api: Api, event_id: str, workflow_id: str, **query: Any) -> Any:
    response = api.get(f"/events/{event_id}/explain", params={"workflow_id": workflow_id, **query})
    assert response.status_code == 200, response.text
    return response.json()


def decisions(api: Api, event_id: str, **query: Any) -> list[dict[str, Any]]:
    response = api.get(f"/events/{event_id}/decisions", params=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


def save_over(api: Api, workflow: dict[str, Any], **changes: Any) -> None:
    body = {"name": workflow["name"], "trigger": workflow["trigger"], "graph": NOTE, **changes}
    assert api.put(f"/workflows/{workflow['id']}", json=body).status_code == 200


def test_miss_is_explained_with_its_value(api: Api) -> None:
    saved = api.save(name="Leads", trigger=NEAR)
    event = api.fire(LEAD)["event_id"]

    found = explain(api, event, saved["id"])

    assert found["decision"] == "not_matched"
    assert "`lead.score` was 70 and the trigger asks for more than 75" in found["sentence"]
    assert (found["first_failing"], found["failing"], found["near"]) == ("/and/1", 1, True)
    assert found["workflow"] == {
        "id": saved["id"],
        "name": "Leads",
        "version": 1,
        "revision": found["workflow"]["revision"],
    }
    assert found["flips"][0]["checked"] is True
    assert found["event"]["revision"] >= found["workflow"]["revision"]


def test_start_is_explained_with_its_execution(api: Api) -> None:
    saved = api.save(trigger={"var": "lead"})
    answer = api.fire(LEAD)

    found = explain(api, answer["event_id"], saved["id"])

    id = answer["executions"][0]["id"]
    assert (found["decision"], found["sentence"]) == ("started", f"It started execution {id}.")
    assert (found["execution_id"], found["execution_status"]) == (id, "PENDING")
    assert found["tree"]["truthy"] is True


def test_decision_is_that_of_the_moment(api: Api) -> None:
    saved = api.save(trigger=SCORE)
    event = api.fire(LEAD)["event_id"]
    save_over(api, saved, trigger={"var": "lead"}, name="renamed")

    then = explain(api, event, saved["id"])
    now = explain(api, event, saved["id"], revision="current")
    numbered = explain(api, event, saved["id"], revision=now["workflow"]["revision"])

    assert (then["decision"], then["workflow"]["name"]) == ("not_matched", "w")
    assert (now["decision"], now["workflow"]["name"]) == ("matched", "renamed")
    assert numbered == now


def test_switched_off_deleted_and_new_workflows_say_so(api: Api) -> None:
    off, gone, bare = api.save(name="off"), api.save(name="gone"), api.save(name="bare", trigger=None)
    save_over(api, off, is_active=False)
    save_over(api, off, is_active=False, name="off still")
    api.delete(f"/workflows/{gone['id']}")
    event = api.fire(LEAD)["event_id"]
    late = api.save(name="late")

    found = {row["name"]: row["decision"] for row in decisions(api, event)}
    told = {
        name: explain(api, event, row["id"])
        for name, row in {"off": off, "gone": gone, "late": late, "bare": bare}.items()
    }

    assert found == {"off still": "inactive", "bare": "no_trigger"}
    assert {name: each["decision"] for name, each in told.items()} == {
        "off": "inactive",
        "gone": "deleted",
        "late": "not_yet",
        "bare": "no_trigger",
    }
    switched = api.get(f"/workflows/{off['id']}/revisions").json()[1]["at"]
    assert f"switched off at {switched[11:19]}; the event came at" in told["off"]["sentence"]
    assert told["late"]["workflow"] is None


def test_error_and_flow_control_keep_their_decisions(api: Api, operators: Any) -> None:
    operators("boom", lambda: 1 / 0)
    api.save(name="error", trigger={"boom": []})
    api.save(name="started")
    api.save(name="queued", concurrency={"limit": 1})
    api.save(name="dropped", concurrency={"limit": 1, "on_limit": "drop"})
    api.save(name="replacing", concurrency={"limit": 1, "on_limit": "replace"})
    waits = api.save(name="gathered", batch={"size": 5, "period": "1h"})
    api.fire({"first": True})

    event = api.fire()["event_id"]

    rows = {row["name"]: row for row in decisions(api, event)}
    assert {name: row["decision"] for name, row in rows.items()} == {name: name for name in rows}
    assert len(rows) == 6
    for name, row in rows.items():
        found = explain(api, event, row["workflow_id"])
        assert found["decision"] == name
        assert found["sentence"].endswith(".")
    gathered = explain(api, event, waits["id"])
    assert gathered["window"]["events"] == 2
    assert "It waits in a window with 1 other until" in gathered["sentence"]
    outcomes = {each["workflow_id"]: each for each in api.get(f"/events/{event}").json()["outcomes"]}
    assert set(outcomes) == {row["workflow_id"] for name, row in rows.items() if name != "error"}
    assert outcomes[waits["id"]]["window"]["events"] == 2


def test_gathered_event_leads_to_its_execution(api: Api) -> None:
    saved = api.save(batch={"size": 2, "period": "1h"})
    first, _ = api.fire({"n": 1})["event_id"], api.fire({"n": 2})["event_id"]

    found = explain(api, first, saved["id"])

    (execution,) = api.get("/executions").json()
    assert found["decision"] == "gathered"
    assert found["sentence"] == f"It started execution {execution['id']} together with 1 other event."
    assert found["execution_id"] == execution["id"]


def test_decisions_are_filtered_sorted_and_paged(api: Api) -> None:
    for number in range(3):
        api.save(name=f"far {number}", trigger=FAR)
        api.save(name=f"near {number}", trigger=NEAR)
    api.save(name="match", trigger=True)
    event = api.fire(LEAD)["event_id"]

    nearest = decisions(api, event, sort="near")
    pages, response = [], api.get(f"/events/{event}/decisions?sort=near&limit=2")
    while True:
        pages += response.json()
        if "next" not in response.links:
            break
        response = api.get(response.links["next"]["url"])

    assert [row["name"] for row in nearest] == [
        *("near 2", "near 1", "near 0", "far 2", "far 1", "far 0", "match"),
    ]
    assert [row["failing"] for row in nearest] == [1, 1, 1, 3, 3, 3, None]
    assert [row["near"] for row in nearest] == [True] * 3 + [False] * 4
    assert nearest[0]["first_failing_words"] == "`lead.score` was 70 and the trigger asks for more than 75"
    assert pages == nearest
    assert [row["name"] for row in decisions(api, event, q="EAR 1")] == ["near 1"]
    assert [row["name"] for row in decisions(api, event, decision="started")] == ["match"]
    assert [row["name"] for row in decisions(api, event, limit=2)] == ["match", "near 2"]


def test_event_of_before_is_not_guessed(api: Api, settings: Settings) -> None:
    matched, missed = api.save(trigger={"var": "lead"}), api.save(trigger=SCORE)
    event = api.fire(LEAD)["event_id"]
    connection = psycopg2.connect(settings.database)
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE events SET catalog_revision = NULL")
    connection.close()

    refused = api.get(f"/events/{event}/decisions")
    unknown = api.get(f"/events/{event}/explain?workflow_id={missed['id']}")

    assert (refused.status_code, unknown.status_code) == (409, 409)
    assert "came before revisions were kept" in unknown.json()["detail"]
    assert explain(api, event, matched["id"])["decision"] == "started"
    assert explain(api, event, missed["id"], revision="current")["decision"] == "not_matched"
    assert api.get("/events?near=1").json() == []


def test_near_events_are_found(api: Api) -> None:
    saved = api.save(name="Leads", trigger=NEAR)
    near = api.fire(LEAD)["event_id"]
    far = api.fire({"other": 1})["event_id"]
    api.fire({"lead": {"source": "LinkedIn", "score": 90}})

    assert [event["id"] for event in api.get("/events?matched=none").json()] == [far, near]
    (found,) = api.get("/events?matched=none&near=1").json()
    assert found["id"] == near
    assert (found["nearest"]["workflow_id"], found["nearest"]["first_failing"]) == (saved["id"], "/and/1")
    first = api.get("/events?matched=none&limit=1")
    assert [event["id"] for event in api.get(first.links["next"]["url"]).json()] == [near]


def test_fields_name_types_examples_and_extremes(api: Api) -> None:
    for score in (70, 90, "n/a"):
        api.fire({"lead": {"score": score, "tags": ["a", "b"]}})
    api.fire({"other": None})

    found = {field["path"]: field for field in api.get("/events/fields").json()}

    assert found["lead.score"] == {
        "path": "lead.score",
        "types": {"number": 2, "string": 1},
        "events": 3,
        "seen": 0.75,
        "examples": ["n/a", 90, 70],
        "min": 70,
        "max": 90,
    }
    assert found["lead.tags[]"]["types"] == {"string": 6}
    assert found["other"]["types"] == {"null": 1}
    assert [field["path"] for field in api.get("/events/fields?prefix=lead.s").json()] == ["lead.score"]
    assert api.get("/events/fields?since=2100-01-01T00:00:00Z").json() == []
    first = api.get("/events/fields?limit=2")
    assert api.get(first.links["next"]["url"]).json()[0]["path"] == "lead.tags"


@pytest.mark.parametrize(
    "path",
    [
        "/events/{event}/decisions?decison=started",
        "/events/{event}/decisions?decision=repeat",
        "/events/{event}/decisions?cursor=x",
        "/events/{event}/explain",
        "/events/{event}/explain?workflow_id={workflow}&revision=newest",
        "/events/{event}/explain?workflow_id={workflow}&revision=99999999999999999999",
        "/events/{event}/explain?workflow_id={workflow}&flip=maybe",
        "/events/fields?since=yesterday",
        "/events/fields?since=0.5",
        "/workflows/{workflow}/coverage?since=2026-01-31",
        "/events?matched=some",
    ],
)
def test_wrong_query_is_refused(api: Api, path: str) -> None:
    saved, event = api.save(), api.fire()["event_id"]

    assert api.get(path.format(event=event, workflow=saved["id"])).status_code == 422


def test_unknown_ids_are_not_found(api: Api) -> None:
    saved, event = api.save(), api.fire()["event_id"]
    nobody = "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30"

    assert api.get(f"/events/{nobody}/decisions").status_code == 404
    assert api.get(f"/events/{event}/explain?workflow_id={nobody}").status_code == 404
    assert api.get(f"/events/x/explain?workflow_id={saved['id']}").status_code == 404
    assert api.get(f"/events/{event}/explain?workflow_id=x").status_code == 404


def test_misspelt_path_is_found_in_recent_events(api: Api) -> None:
    api.fire({"customer": {"country": "NL"}})
    saved = api.save(trigger={"==": [{"var": "customer.contry"}, "NL"]})
    event = api.fire({"other": 1})["event_id"]
    body = {"rule": saved["trigger"], "event": {"other": 1}}

    notes = [explain(api, event, saved["id"])["notes"], api.post("/triggers/explain", json=body).json()["notes"]]

    for found in notes:
        assert [(note["code"], note["suggestion"]) for note in found] == [("MISSING", "customer.country")]


def test_triggers_are_compared_with_revisions(api: Api) -> None:
    saved = api.save(trigger=SCORE)
    first = api.get(f"/workflows/{saved['id']}/revisions").json()[0]["revision"]
    save_over(api, saved, trigger={"var": "lead"})
    body = {"rule": FAR, "event": LEAD, "workflow_id": saved["id"]}

    then = api.post("/triggers/explain", json={**body, "compare_to": first}).json()
    now = api.post("/triggers/explain", json={**body, "compare_to": "current"}).json()

    assert (then["compared"]["decision"], then["workflow"]["revision"]) == ("not_matched", first)
    assert now["compared"]["decision"] == "matched"
    assert api.post("/triggers/explain", json={**body, "compare_to": 1}).status_code == 404
    assert api.post("/triggers/explain", json={**body, "compare_to": 2**63}).status_code == 422

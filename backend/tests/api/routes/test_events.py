"""``POST /events``: an event starts each matching workflow once, also beside concurrent requests."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.client import Api

STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop",
    "type": "order.paid",
    "time": "2026-01-01T00:00:00Z",
    "data": {"amount": 1.0},
}


def executions(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/executions?limit=1000").json()
    return found


def test_matching_event_starts_an_execution_and_wakes_a_worker(api: Api) -> None:
    saved = api.save(name="Leads", trigger={">": [{"var": "lead.score"}, 75]})
    api.save(trigger={">": [{"var": "lead.score"}, 95]})

    answer = api.fire({"lead": {"score": 90}})

    assert set(answer) == {"event_id", "matched", "executions", "errors"}
    assert answer["matched"] == 1
    assert answer["errors"] == []
    (started,) = answer["executions"]
    assert (started["workflow_id"], started["workflow_name"]) == (saved["id"], "Leads")
    assert [wake_up.execution_id for wake_up in api.woken] == [started["id"]]
    execution = api.get(f"/executions/{started['id']}").json()
    assert execution["status"] == "PENDING"
    assert execution["context"] == {"lead": {"score": 90}}
    assert execution["event_id"] == answer["event_id"]
    assert execution["version"] == 1


@pytest.mark.parametrize("trigger", [None, {}, False, {"==": [1, 2]}])
def test_workflow_without_trigger_never_fires(api: Api, trigger: Any) -> None:
    api.save(trigger=trigger)

    assert api.fire()["matched"] == 0


def test_inactive_workflow_does_not_match(api: Api) -> None:
    api.save(is_active=False)

    assert api.fire()["matched"] == 0


def test_trigger_reads_event_properties(api: Api) -> None:
    api.save(name="mine", trigger={"==": [{"var": "$event.type"}, "order.paid"]})
    api.save(name="theirs", trigger={"==": [{"var": "$event"}, 7]})

    by_type = api.fire(CLOUD_EVENT, headers=STRUCTURED)
    shadowed = api.fire({"$event": 7})

    assert [e["workflow_name"] for e in by_type["executions"]] == ["mine"]
    assert [e["workflow_name"] for e in shadowed["executions"]] == ["theirs"]


def test_trigger_over_budget_does_not_affect_others(api: Api) -> None:
    deep = {"map": [{"var": "a"}, {"map": [{"var": "$x"}, 1]}]}
    greedy = api.save(trigger={"map": [{"var": "a"}, {"reduce": [{"var": ""}, deep, 0]}]})
    fine = api.save()

    answer = api.fire({"a": [list(range(300))] * 300})

    assert [e["workflow_id"] for e in answer["executions"]][-1] == fine["id"]
    assert all(error["workflow_id"] == greedy["id"] and error["message"] for error in answer["errors"])


def test_event_is_kept_as_it_was_sent(api: Api) -> None:
    text = '{ "b" : 1.0,"a":[1e2, 12345678901234567890123, "\\ud800\\u0000", "é"], "a":1e999, "big": %s}' % ("9" * 400)
    api.save()

    answer = api.post("/events", data=text.encode()).json()

    assert f'"payload":{text}' in api.get(f"/events/{answer['event_id']}").text
    assert f'"payload":{text}' in api.get("/events").text
    assert f'"context":{text}' in api.get(f"/executions/{answer['executions'][0]['id']}").text


def test_event_shows_what_it_started(api: Api) -> None:
    api.save()

    answer = api.fire({"a": 1})

    event = api.get(f"/events/{answer['event_id']}").json()
    assert set(event) == {
        "id",
        "type",
        "source",
        "time",
        "received_at",
        "cause",
        "payload",
        "executions",
        "revision",
        "outcomes",
    }
    assert event["cause"] is None
    assert (event["type"], event["source"], event["time"]) == (None, None, None)
    assert event["executions"] == answer["executions"]
    assert api.get(f"/executions?event_id={event['id']}").json()[0]["id"] == answer["executions"][0]["id"]
    assert api.get("/executions?event_id=nonsense").json() == []


def test_structured_cloud_event_is_its_data(api: Api) -> None:
    answer = api.fire(CLOUD_EVENT, headers=STRUCTURED)

    event = api.get(f"/events/{answer['event_id']}").json()
    assert event["payload"] == {"amount": 1.0}
    assert (event["type"], event["source"], event["time"]) == ("order.paid", "/shop", "2026-01-01T00:00:00Z")


def test_binary_cloud_event_is_its_body(api: Api) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/caf%C3%A9", "ce-type": "t"}

    answer = api.fire({"amount": 1.0}, headers=headers)
    again = api.fire({"amount": 2.0}, headers=headers)
    bare = api.fire(7, headers={**headers, "ce-id": "2"})

    event = api.get(f"/events/{answer['event_id']}").json()
    assert (event["payload"], event["source"]) == ({"amount": 1.0}, "/café")
    assert again == {**answer, "repeat_of": answer["event_id"]}
    assert api.get(f"/events/{bare['event_id']}").json()["payload"] == {"data": 7}


def test_long_batch_is_answered_in_its_order(api: Api) -> None:
    api.save(trigger={"==": [{"%": [{"var": "n"}, 2]}, 1]})
    events = [{**CLOUD_EVENT, "id": f"e-{number}", "data": {"n": number}} for number in range(100)]

    answers = api.post("/events", data=json.dumps(events), headers=BATCH).json()

    assert [answer["matched"] for answer in answers] == [0, 1] * 50
    assert [answer["event_id"] for answer in answers] == sorted({answer["event_id"] for answer in answers})
    assert len(executions(api)) == 50


def test_batch_gets_an_answer_for_each(api: Api) -> None:
    api.save(trigger={"var": "go"})
    events = [{**CLOUD_EVENT, "id": str(n), "data": {"go": n}} for n in (0, 1, 1)]

    answers = api.post("/events", data=json.dumps(events), headers=BATCH).json()

    assert [answer["matched"] for answer in answers] == [0, 1, 1]
    assert answers[2] == {**answers[1], "repeat_of": answers[1]["event_id"]}
    assert len(executions(api)) == 1
    assert api.post("/events", data="[]", headers=BATCH).json() == []


@pytest.mark.parametrize(
    "event",
    [
        [],
        7,
        {},
        {**CLOUD_EVENT, "id": ""},
        {**CLOUD_EVENT, "id": 7},
        {**CLOUD_EVENT, "source": None},
        {**CLOUD_EVENT, "specversion": "0.3"},
    ],
)
def test_invalid_cloud_event_is_refused(api: Api, event: Any) -> None:
    assert api.post("/events", json=event, headers=STRUCTURED).status_code == 422
    assert api.post("/events", data=json.dumps([CLOUD_EVENT, event]), headers=BATCH).status_code == 422
    assert api.get("/events").json() == []


@pytest.mark.parametrize(
    ("payload", "again", "headers"),
    [
        ({"a": 1}, {"a": 1}, {"Idempotency-Key": "k\xff"}),
        (CLOUD_EVENT, {**CLOUD_EVENT, "data": {"other": 1}}, STRUCTURED),
    ],
    ids=["header", "source and id"],
)
def test_repeat_gets_the_first_answer_and_starts_nothing(
    api: Api, payload: Any, again: Any, headers: dict[str, str]
) -> None:
    api.save()
    first = api.fire(payload, headers=headers)
    api.save()

    second = api.fire(again, headers=headers)

    assert second == {**first, "repeat_of": first["event_id"]}
    assert len(executions(api)) == 1
    assert len(api.woken) == 1
    assert len(api.get("/events").json()) == 1


def test_first_event_shows_its_repeats(api: Api) -> None:
    first = api.fire({"a": 1}, headers={"Idempotency-Key": "k"})
    assert "repeats" not in api.get(f"/events/{first['event_id']}").json()

    for _ in range(2):
        api.fire({"a": 1}, headers={"Idempotency-Key": "k"})
    assert api.post("/events", json={"a": 2}, headers={"Idempotency-Key": "k"}).status_code == 422

    shown = api.get(f"/events/{first['event_id']}").json()
    moments = [repeat["at"] for repeat in shown["repeats"]]
    assert len(moments) == 2
    assert [shown["received_at"], *moments] == sorted([shown["received_at"], *moments])


def test_same_body_twice_is_two_events(api: Api) -> None:
    api.save()

    assert api.fire({"a": 1})["event_id"] != api.fire({"a": 1})["event_id"]
    assert len(executions(api)) == 2


def test_concurrent_repeats_start_one_execution(api: Api) -> None:
    api.save()

    def post(number: int) -> str:
        return str(api.fire({"n": number % 3}, headers={"Idempotency-Key": f"key {number % 3}"})["event_id"])

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(36)))

    assert len(set(answers)) == 3
    assert len(executions(api)) == 3


def test_events_and_saves_at_the_same_time_miss_nothing(api: Api) -> None:
    saved = api.save(trigger={"<=": [{"var": "n"}, 0]})

    def save_then_fire(number: int) -> int:
        body = {"name": "w", "trigger": {"in": [{"var": "n"}, [number, 1000 + number]]}}
        own = api.post("/workflows", json=body).json()["id"]
        return [e["workflow_id"] for e in api.fire({"n": number})["executions"]].count(own)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(save_then_fire, range(1, 41))) == [1] * 40
    assert [e["workflow_id"] for e in api.fire({"n": 0})["executions"]] == [saved["id"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (({"a": 1}, {}), ({"a": 2}, {})),
        (({"a": 1}, {}), ({"a": 1.0}, {})),
        ((CLOUD_EVENT, STRUCTURED), ({**CLOUD_EVENT, "type": "other"}, STRUCTURED)),
    ],
)
def test_key_with_another_body_is_refused(api: Api, first: Any, second: Any) -> None:
    (body, headers), (other, other_headers) = first, second
    api.post("/events", json=body, headers={**headers, "Idempotency-Key": "k"})

    refused = api.post("/events", json=other, headers={**other_headers, "Idempotency-Key": "k"})

    detail = "The Idempotency-Key 'k' was used before with another body; use a new key for a new request."
    assert (refused.status_code, refused.json()) == (422, {"detail": detail})


def test_attributes_of_cloud_event_are_kept_and_seen_by_triggers(api: Api) -> None:
    saved = api.save(
        trigger={"and": [{"==": [{"var": "$event.subject"}, "s/1"]}, {"==": [{"var": "$event.retries"}, 3]}]}
    )
    event = {**CLOUD_EVENT, "subject": "s/1", "retries": 3, "urgent": True}

    answer = api.fire(event, headers=STRUCTURED)

    assert [each["workflow_id"] for each in answer["executions"]] == [saved["id"]]
    shown = api.get(f"/events/{answer['event_id']}").json()
    assert shown["attributes"] == {"subject": "s/1", "retries": 3, "urgent": True}
    assert {**api.get("/events").json()[0], "outcomes": shown["outcomes"]} == shown


def test_extension_cannot_replace_a_property_of_the_event(api: Api) -> None:
    api.save(trigger={"==": [{"var": "$event.type"}, "order.paid"]})

    answer = api.fire({**CLOUD_EVENT, "received": "never"}, headers=STRUCTURED)

    assert answer["matched"] == 1


def test_webhook_handshake_allows_the_sender(api: Api) -> None:
    headers = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}

    answer = api.options("/events", headers=headers)
    plain = api.options("/events")

    assert answer.status_code == plain.status_code == 200
    assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert answer.headers["WebHook-Allowed-Rate"] == "120"
    assert "POST" in answer.headers["Allow"]
    assert "WebHook-Allowed-Origin" not in plain.headers


def test_space_around_a_header_does_not_make_another_event(api: Api) -> None:
    address = urlsplit(api.url)
    ids = set()
    for space in (b"", b" ", b"\t"):
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
            connection.sendall(
                b"POST /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nIdempotency-Key: k"
                + space
                + b"\r\nContent-Length: 7\r\n\r\n"
                + b'{"a":1}'
            )
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        ids.add(json.loads(received.partition(b"\r\n\r\n")[2])["event_id"])

    assert len(ids) == 1

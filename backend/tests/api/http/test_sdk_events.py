"""Events that other SDKs made are read, and the examples of CloudEvents' conformance tests."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.api.http.cloudevents import BATCH, STRUCTURED, read_events
from tests.api.client import Api

RECORDED = Path(__file__).with_name("sdk_events")
PAYLOADS: dict[str, Any] = {
    "json": {"n": 1, "name": "Grüße"},
    "list": {"data": [1, "two"]},
    "text": {"data": "Grüße"},
    "bytes": {"data_base64": "/wANCg=="},
    "none": {"data": None},
}
#: The source and the subject of the events that each SDK made.
SDKS = {"javascript": ("/shop", "orders/7"), "ruby": ("/caf%C3%A9", "orders/7 €")}
TYPES = ("", "application/json", "text/plain", "application/octet-stream")


class Message(NamedTuple):
    """A recorded HTTP message."""

    sdk: str
    mode: str
    #: The key of the payload in PAYLOADS; ``all`` for a batch.
    content: str
    headers: dict[str, str]
    body: bytes


def recorded_messages() -> list[Message]:
    return [
        Message(
            sdk,
            each["mode"],
            each["content"],
            # As Node.js writes headers that are numbers or booleans.
            {name.lower(): str(value).replace("True", "true") for name, value in each["headers"].items()},
            base64.b64decode(each["body"]),
        )
        for sdk in SDKS
        for each in json.loads((RECORDED / f"{sdk}.json").read_text())
    ]


def name_of(message: Message) -> str:
    return f"{message.sdk}-{message.mode}-{message.content}"


@pytest.mark.parametrize("message", recorded_messages(), ids=name_of)
def test_event_of_sdk_is_read(message: Message) -> None:
    found = read_events(message.body, message.headers)

    source, subject = SDKS[message.sdk]
    contents = PAYLOADS if message.content == "all" else {message.content: PAYLOADS[message.content]}
    assert {each.event.external_id: each.payload for each in found} == contents
    for each in found:
        attributes = {name: str(value).lower() for name, value in each.event.attributes.items()}
        assert (each.event.source, each.event.type) == (source, "order.paid")
        assert each.event.time is not None
        assert each.event.time.startswith("2026-01-31T09:30:00")
        assert attributes.pop("datacontenttype", "").partition(";")[0] in TYPES
        assert attributes == {
            "subject": subject,
            "tenant": 'say "hi" 100%',
            "retries": "3",
            "urgent": "true",
        }


def test_events_of_sdks_are_accepted_over_http(api: Api) -> None:
    for message in recorded_messages():
        # The SDKs made the same events, which would count as repeats.
        answer = api.post(
            "/events", data=message.body, headers={**message.headers, "Idempotency-Key": name_of(message)}
        )

        assert answer.status_code == 200, (name_of(message), answer.text)


# --- features/http-protocol-binding.feature of the conformance tests --------------------------------------------------

EXAMPLE = {
    "specversion": "1.0",
    "type": "com.example.someevent",
    "time": "2018-04-05T03:56:24Z",
    "id": "1234-1234-1234",
    "source": "/mycontext/subcontext",
}


def requests_of_conformance() -> list[tuple[dict[str, str], Any]]:
    headers = {f"ce-{name}": value for name, value in EXAMPLE.items()}
    data = {"message": "Hello World!"}
    whole = {**EXAMPLE, "datacontenttype": "application/json", "data": data}
    types = ("application/json", "application/json; charset=utf-8")
    return [
        *(({**headers, "content-type": each}, data) for each in types),
        *(({"content-type": each}, whole) for each in (STRUCTURED, f"{STRUCTURED}; charset=utf-8")),
        *(({"content-type": each}, [whole]) for each in (BATCH, f"{BATCH}; charset=utf-8")),
    ]


@pytest.mark.parametrize(("headers", "body"), requests_of_conformance())
def test_request_of_the_conformance_tests_is_read(headers: dict[str, str], body: Any) -> None:
    (posted,) = read_events(json.dumps(body, indent=4).encode(), headers)

    event = posted.event
    assert posted.payload == {"message": "Hello World!"}
    assert {"id": event.external_id, "type": event.type, "source": event.source, "time": event.time} == {
        name: value for name, value in EXAMPLE.items() if name != "specversion"
    }
    expected = headers["content-type"] if "ce-id" in headers else "application/json"
    assert event.attributes == {"datacontenttype": expected}

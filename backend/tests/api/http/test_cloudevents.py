"""CloudEvents 1.0 are read in each content mode of the HTTP binding."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent as FirstCloudEvent

from app.api.http.cloudevents import BATCH, STRUCTURED, header_text, is_time, read_events
from app.errors import InvalidInput, UnsupportedMedia

EVENT: dict[str, Any] = {"specversion": "1.0", "id": "e-1", "source": "/shop", "type": "order.paid"}
BINARY = {"ce-specversion": "1.0", "ce-id": "e-1", "ce-source": "/shop", "ce-type": "order.paid"}


def structured(**members: Any) -> Any:
    """The one event of a structured body."""
    (posted,) = read_events(json.dumps({**EVENT, **members}).encode(), {"content-type": STRUCTURED})
    return posted


def binary(body: bytes = b'{"n": 1}', **headers: str) -> Any:
    """The one event of a binary request; ``ce_type`` is the header ``ce-type``."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    (posted,) = read_events(body, {**BINARY, **given})
    return posted


# --- data -------------------------------------------------------------------------------------------------------------


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("content_type", "data", "payload"),
    [
        ("application/json", b'{"n": 1}', {"n": 1}),
        ("application/vnd.shop+json; charset=utf-8", b'{"n": 1}', {"n": 1}),
        (None, b'{"n": 1}', {"n": 1}),
        ("application/json", b"7", {"data": 7}),
        ("text/plain", "Grüße".encode(), {"data": "Grüße"}),
        ("text/plain", b"7", {"data": "7"}),
        ("application/xml", b"<a/>", {"data": "<a/>"}),
        ("application/octet-stream", b"\xff\xfe\x00", {"data_base64": encoded(b"\xff\xfe\x00")}),
    ],
)
def test_data_base64_is_read_by_its_content_type(content_type: str | None, data: bytes, payload: Any) -> None:
    posted = structured(datacontenttype=content_type, data_base64=encoded(data))

    assert posted.payload == payload
    assert json.loads(posted.event.text) == payload


def test_null_data_beside_data_base64_is_absent() -> None:
    assert structured(data=None, data_base64=encoded(b'{"n": 1}')).payload == {"n": 1}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"data": {}, "data_base64": "e30="}, "not both"),
        ({"data_base64": "%%%"}, "not base64"),
        ({"data_base64": 7}, "must be text"),
        ({"datacontenttype": "application/json", "data_base64": encoded(b"no")}, "not JSON"),
    ],
)
def test_wrong_data_base64_is_refused(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        structured(**members)


def test_structured_data_keeps_its_text() -> None:
    data = '{ "price" : 1.10, "id": 12345678901234567890.123456789, "n": 1e2 }'
    body = json.dumps(EVENT)[:-1] + f', "data" : {data} , "subject": "s"}}'

    (posted,) = read_events(body.encode(), {"content-type": STRUCTURED})

    assert posted.event.text == data
    assert posted.event.attributes == {"subject": "s"}


@pytest.mark.parametrize("data", [[], "text", None, True, 7])
def test_data_that_is_not_an_object_becomes_a_member(data: Any) -> None:
    assert structured(data=data).payload == {"data": data}


@pytest.mark.parametrize(
    ("content_type", "body", "payload"),
    [
        ("application/json", b'{"n": 1}', {"n": 1}),
        ("application/x-www-form-urlencoded", b'{"n": 1}', {"n": 1}),
        ("text/plain", b"hello", {"data": "hello"}),
        ("text/plain", b"7", {"data": "7"}),
        ("application/xml", b"<a/>", {"data": "<a/>"}),
        ("application/octet-stream", b"\xff", {"data_base64": "/w=="}),
        ("application/json", b"", {"data": None}),
    ],
)
def test_body_of_binary_event_is_read_by_its_content_type(content_type: str, body: bytes, payload: Any) -> None:
    assert binary(body, content_type=content_type).payload == payload


# --- attributes -------------------------------------------------------------------------------------------------------


def test_all_attributes_are_kept() -> None:
    posted = structured(
        subject="orders/7", dataschema="https://a.example/s", datacontenttype="application/json", tenant="x", retries=3
    )

    assert posted.event.attributes == {
        "subject": "orders/7",
        "dataschema": "https://a.example/s",
        "datacontenttype": "application/json",
        "tenant": "x",
        "retries": 3,
    }


def test_attributes_of_binary_event_are_its_headers() -> None:
    posted = binary(ce_subject="orders/7", ce_tenant="x", content_type="application/json; charset=utf-8")

    assert posted.event.attributes == {
        "subject": "orders/7",
        "tenant": "x",
        "datacontenttype": "application/json; charset=utf-8",
    }


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"specversion": "1.x"}, 'specversion "1.x"; it must be 1.0'),
        ({"specversion": "0.3"}, "must be 1.0"),
        ({"specversion": None}, "has no specversion"),
        ({"id": None}, "has no id"),
        ({"id": ""}, "must be text, and not empty"),
        ({"source": 7}, "source of the CloudEvent is 7"),
        ({"type": {}}, "must be text"),
        ({"subject": ""}, "not empty"),
        ({"time": "yesterday"}, "RFC 3339"),
        ({"time": 5}, "time of the CloudEvent is 5"),
        ({"time": True}, "must be text"),
        ({"Tenant": "x"}, "letters a to z and digits"),
        ({"my-ext": "x"}, "letters a to z and digits"),
        ({"tenant": {"a": 1}}, "boolean or an integer of 32 bits"),
        ({"tenant": 1.5}, "32 bits"),
        ({"tenant": 2**31}, "32 bits"),
        ({"type": "a\nb"}, 'The attribute type of the CloudEvent is "a\\nb"; it has a control character.'),
        ({"subject": "a\x00"}, "control character"),
        ({"tenant": "a\x7f"}, "control character"),
        ({"id": "\ud800"}, "control character"),
    ],
)
def test_wrong_attribute_is_refused_by_name(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(reason)):
        structured(**members)


def test_null_attribute_is_absent() -> None:
    posted = structured(time=None, subject=None, tenant=None)

    assert (posted.event.time, posted.event.attributes) == (None, {})


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("2026-01-31T09:30:00Z", True),
        ("2026-01-31t09:30:00.123456789z", True),
        ("2026-01-31 09:30:00+02:00", True),
        ("2016-12-31T23:59:60Z", True),
        ("2026-01-31T09:30:00", False),
        ("2026-02-30T09:30:00Z", False),
        ("2026-01-31T25:00:00Z", False),
        ("2026-01-31T09:30:00+25:00", False),
        ("2026-01-31", False),
        ("", False),
    ],
)
def test_time_is_a_timestamp_of_rfc_3339(text: str, valid: bool) -> None:
    assert is_time(text) is valid


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("order.paid", "order.paid"),
        (" order.paid\t", "order.paid"),
        ('"order.paid"', "order.paid"),
        (r'"a \"b\" \\ c"', 'a "b" \\ c'),
        ("caf%C3%A9", "café"),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ('"caf%c3%a9"', "café"),
        ("café".encode().decode("latin-1"), "café"),
        ("100%", "100%"),
        ("a%zz", "a%zz"),
    ],
)
def test_header_is_unquoted_and_percent_decoded(value: str, text: str) -> None:
    assert header_text("ce-type", value) == text


@pytest.mark.parametrize("value", ["order.%FF", "order.%C0%A0", "%ED%A0%80", "caf\xe9"])
def test_header_that_is_not_utf8_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="The header ce-type is not percent-encoded UTF-8"):
        header_text("ce-type", value)


@pytest.mark.parametrize("value", ["%0D%0AX: y", "a%00", "%C2%85"])
def test_header_with_a_control_character_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"attribute type .* has a control character"):
        binary(**{"ce_type": value})


def test_space_around_idempotency_key_does_not_count() -> None:
    keys = [read_events(b"{}", {"idempotency-key": key})[0].event.dedupe_key for key in ("k", "k ", "\tk")]

    assert len(set(keys)) == 1


@pytest.mark.parametrize("content_type", ["application/cloudevents+avro", "application/cloudevents-batch+xml"])
def test_other_event_format_is_unsupported(content_type: str) -> None:
    with pytest.raises(UnsupportedMedia, match="CloudEvents are read as"):
        read_events(b"{}", {"content-type": content_type})


# --- batches ----------------------------------------------------------------------------------------------------------


def test_batch_keeps_the_text_of_each_event() -> None:
    texts = ['{"n": 1.10}', '{ "n" : [2, {"a": "]"}] }', "{}"]
    events = [json.dumps({**EVENT, "id": str(n)})[:-1] + f', "data": {text}}}' for n, text in enumerate(texts)]

    posted = read_events(f"[ {' , '.join(events)} ]".encode(), {"content-type": BATCH})

    assert [each.event.text for each in posted] == texts


def test_batch_names_the_event_that_is_wrong() -> None:
    body = json.dumps([EVENT, {**EVENT, "id": "2", "type": None}]).encode()

    with pytest.raises(InvalidInput, match="Event 2 of the batch: The CloudEvent has no type"):
        read_events(body, {"content-type": BATCH})


def test_empty_batch_has_no_events() -> None:
    assert read_events(b" [ ] ", {"content-type": BATCH}) == []


# --- events made by the SDKs of the CNCF ------------------------------------------------------------------------------

SDK_ATTRIBUTES = {
    "specversion": "1.0",
    "id": "sdk-1",
    "source": "/café",
    "type": "order.paid",
    "subject": "orders/7 €",
    "time": datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc),
    "tenant": 'say "hi"',
}


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
@pytest.mark.parametrize(
    ("content_type", "data", "payload"),
    [
        ("application/json", {"n": 1}, {"n": 1}),
        ("text/plain", "Grüße", {"data": "Grüße"}),
        ("application/octet-stream", b"\xff\x00", {"data_base64": "/wA="}),
    ],
)
def test_event_of_sdk_is_read(write: Any, content_type: str, data: Any, payload: Any) -> None:
    message = write(CloudEvent(attributes={**SDK_ATTRIBUTES, "datacontenttype": content_type}, data=data))

    (posted,) = read_events(message.body, message.headers)

    event = posted.event
    assert posted.payload == payload
    assert (event.external_id, event.source, event.type) == ("sdk-1", "/café", "order.paid")
    assert event.time == "2026-01-31T09:30:00Z"
    assert event.attributes == {"subject": "orders/7 €", "tenant": 'say "hi"', "datacontenttype": content_type}


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_event_of_first_sdk_is_read(write: Any) -> None:
    headers, body = write(FirstCloudEvent({"type": "t", "source": "/s", "tenant": "x"}, {"n": 1}))

    (posted,) = read_events(body, headers)

    assert (posted.payload, posted.event.attributes) == ({"n": 1}, {"tenant": "x"})

"""Posted events: plain JSON, or CloudEvents 1.0 in the structured, binary or batched content mode of HTTP."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from app.api.http.bodies import object_of, parse, parse_items, parse_members, text_of
from app.errors import InvalidInput, UnsupportedMedia
from app.graph.engine_events import check_event_type
from app.storage.clock import clock
from app.storage.events import NewEvent
from app.storage.idempotency import digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.triggers.fire_together import Posted

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
#: Members of a structured event that are not attributes.
_DATA = ("data", "data_base64")
#: Attributes that have columns of their own, or that every event has.
_CORE = frozenset({"specversion", "id", "source", "type", "time"})
_NAME = re.compile(r"[a-z0-9]{1,100}")
#: Characters that the type String of CloudEvents does not have.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True)
class Headers:
    """The headers of a request, read as an event needs them."""

    content_type: str = ""
    idempotency_key: str | None = None
    #: The attributes of a binary event; empty for all others.
    attributes: dict[str, str] = field(default_factory=dict)


def read_events(body: bytes, headers: Mapping[str, str]) -> list[Posted]:
    """The events of a request: one, or those of a batch. Raises InvalidInput and UnsupportedMedia."""
    given = read_headers(headers)
    key = given.idempotency_key
    if given.attributes:
        return [_read_binary(body, given)]
    if given.content_type == BATCH:
        return _read_batch(text_of(body), key)
    if given.content_type == STRUCTURED:
        return [_read_structured(text_of(body), key and ["key", key])]
    if given.content_type.startswith("application/cloudevents"):
        raise UnsupportedMedia(f"CloudEvents are read as {STRUCTURED} or {BATCH}, not as {given.content_type[:100]}.")
    text = text_of(body)
    payload = object_of(parse(text), "An event")
    return [_make_posted(text, payload, key and ["key", key])]


def read_headers(headers: Mapping[str, str]) -> Headers:
    """The headers that concern events. Raises InvalidInput."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    key = headers.get("idempotency-key", "").strip(" \t") or None
    is_binary = "ce-specversion" in headers or "ce-id" in headers
    if content_type in (STRUCTURED, BATCH) or not is_binary:
        return Headers(content_type, key)
    attributes = {name[3:]: header_text(name, headers[name]) for name in headers if name.startswith("ce-")}
    if "content-type" in headers and content_type != "application/x-www-form-urlencoded":
        attributes["datacontenttype"] = headers["content-type"].strip(" \t")
    return Headers(content_type, key, {"specversion": "1.0", **attributes})


def header_text(name: str, value: str) -> str:
    """
    An attribute in a header: unquoted, then percent-decoded, as the HTTP binding (3.1.3.2) demands.

    ``"caf%C3%A9"`` is ``café``. Raises InvalidInput where the bytes are not UTF-8.
    """
    value = value.strip(" \t")
    quoted = _QUOTED.fullmatch(value)
    if quoted:
        value = re.sub(r"\\(.)", r"\1", quoted[1])
    try:
        # Header values arrive as Latin-1, one character a byte.
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The header {name} is not percent-encoded UTF-8: {value[:100]!r}.") from error


def _read_batch(text: str, key: str | None) -> list[Posted]:
    events = []
    for place, item in enumerate(parse_items(text)):
        try:
            events.append(_read_structured(item, key and ["key", key, place]))
        except InvalidInput as error:
            raise InvalidInput(f"Event {place + 1} of the batch: {error}") from error
    return events


def _read_structured(text: str, key: Any) -> Posted:
    members, texts = parse_members(text, "A CloudEvent")
    attributes = check_attributes({name: value for name, value in members.items() if name not in _DATA})
    kept, payload = _read_data(members, texts, attributes)
    return _make_posted(kept, payload, key, attributes)


def _read_data(
    members: Mapping[str, Any], texts: Mapping[str, str], attributes: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The data of a structured event, as text and as a value."""
    encoded = members.get("data_base64")
    if encoded is None:
        return as_payload(members.get("data"), texts.get("data", "null"))
    if members.get("data") is not None:
        raise InvalidInput("A CloudEvent has data or data_base64, not both.")
    if not isinstance(encoded, str):
        raise InvalidInput(f"The data_base64 of a CloudEvent is {dumps(encoded)[:100]}; it must be text.")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(
            f"The data_base64 of a CloudEvent is {dumps(encoded)[:100]}, which is not base64: {error}."
        ) from error
    return read_content(content, str(attributes.get("datacontenttype", "")))


def _read_binary(body: bytes, given: Headers) -> Posted:
    """The attributes are headers; the body is the data."""
    attributes = check_attributes(given.attributes)
    kept, payload = read_content(body, given.content_type)
    return _make_posted(kept, payload, given.idempotency_key and ["key", given.idempotency_key], attributes)


def read_content(content: bytes, content_type: str) -> tuple[str, dict[str, Any]]:
    """
    The data of an event by its content type, as text and as a value.

    JSON is the value; other text is a string; other bytes are ``{"data_base64": …}``. Raises InvalidInput.
    """
    if not content:
        return as_payload(None, "null")
    if is_json(content_type):
        text = text_of(content)
        return as_payload(parse(text), text)
    try:
        text = text_of(content)
    except InvalidInput:
        encoded = base64.b64encode(content).decode()
        return dumps({"data_base64": encoded}), {"data_base64": encoded}
    if content_type.startswith("text/") and not text.lstrip().startswith("{"):
        return as_payload(text, dumps(text))
    try:
        return as_payload(parse(text), text)
    except InvalidInput:
        return as_payload(text, dumps(text))


def is_json(content_type: str) -> bool:
    """True for JSON, and without a content type; curl sends that of a form if none is set."""
    name = content_type.partition(";")[0].strip().lower()
    return name in ("", "application/x-www-form-urlencoded") or bool(re.fullmatch(r"[^/]+/(.+\+)?json", name))


def as_payload(value: Any, text: str) -> tuple[str, dict[str, Any]]:
    """An event's payload is an object: any other value becomes its member ``data``."""
    return (text, value) if isinstance(value, dict) else (f'{{"data":{text}}}', {"data": value})


def check_attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    """The context attributes that are set. Raises InvalidInput for the first that CloudEvents 1.0 does not allow."""
    attributes = {name: value for name, value in given.items() if value is not None}
    version = attributes.get("specversion")
    if version != "1.0":
        problem = "has no specversion" if version is None else f"has the specversion {dumps(version)[:100]}"
        raise InvalidInput(f"The CloudEvent {problem}; it must be 1.0.")
    for name in ("id", "source", "type"):
        if name not in attributes:
            raise InvalidInput(f"The CloudEvent has no {name}; it needs one, as text.")
    for name, value in attributes.items():
        _check_attribute(name, value)
    return attributes


def _check_attribute(name: str, value: Any) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"The CloudEvent has an attribute {dumps(name)[:100]}; a name consists of the letters a to z and digits."
        )
    shown = dumps(value)[:100]
    if isinstance(value, str) and _CONTROL.search(value):
        raise InvalidInput(f"The attribute {name} of the CloudEvent is {shown}; it has a control character.")
    if name in _TEXTS:
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"The {name} of the CloudEvent is {shown}; it must be text, and not empty.")
        if name == "time" and not is_time(value):
            raise InvalidInput(
                f"The time of the CloudEvent is {shown}; write it as in 2026-01-31T09:30:00Z (RFC 3339)."
            )
    elif not isinstance(value, (str, bool)) and not (isinstance(value, int) and abs(value) < 2**31):
        raise InvalidInput(
            f"The attribute {name} of the CloudEvent is {shown}; it must be text, a boolean or an integer of 32 bits."
        )


#: Attributes whose value is text that is not empty.
_TEXTS = frozenset({"id", "source", "type", "time", "subject", "datacontenttype", "dataschema"})


def is_time(text: str) -> bool:
    """True for a timestamp of RFC 3339."""
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    day, minute, second, _, zone = found.groups()
    try:
        # A leap second is the second 60.
        datetime.fromisoformat(f"{day}T{minute}:{'59' if second == '60' else second}")
    except ValueError:
        return False
    return zone in "Zz" or (int(zone[1:3]) < 24 and int(zone[4:]) < 60)


def _make_posted(text: str, payload: dict[str, Any], key: Any, attributes: Mapping[str, Any] | None = None) -> Posted:
    """Raises InvalidInput for a type that senders may not use."""
    check_event_type((attributes or {}).get("type"), payload)
    return Posted(_new_event(text, key, attributes), payload)


def _new_event(text: str, key: Any, attributes: Mapping[str, Any] | None = None) -> NewEvent:
    given = attributes or {}
    sent = key[1] if key else None
    if key is None and attributes is not None:
        key = ["cloudevent", given["source"], given["id"]]
    return NewEvent(
        id=new_id(),
        received_at=clock.now(),
        text=text,
        external_id=given.get("id"),
        source=given.get("source"),
        type=given.get("type"),
        time=given.get("time"),
        attributes={name: value for name, value in given.items() if name not in _CORE},
        dedupe_key=None if key is None else digest_of(key),
        idempotency_key=sent,
        body_hash=digest_of([text, given]) if sent else None,
    )

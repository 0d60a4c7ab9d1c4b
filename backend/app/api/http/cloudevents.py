"""Posted events as they are meant: plain JSON, or CloudEvents 1.0 in one of its three content modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from app.api.http.bodies import object_of, parse, parse_exactly, text_of
from app.errors import InvalidInput
from app.storage.events import NewEvent
from app.storage.idempotency import digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Posted:
    """An event, and its payload as a value beside the text that is kept."""

    event: NewEvent
    payload: dict[str, Any]


def read_events(body: bytes, headers: Mapping[str, str]) -> list[Posted]:
    """The events of a request: one, or those of a batch. Raises InvalidInput."""
    text = text_of(body)
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    key = headers.get("idempotency-key") or None
    if content_type == BATCH:
        return _batch(text, key)
    if content_type == STRUCTURED:
        return [_structured(parse_exactly(text), key and ["key", key])]
    if "ce-specversion" in headers or "ce-id" in headers:
        return [_binary(text, headers, key)]
    payload = object_of(parse(text), "An event")
    return [Posted(_event(text, key and ["key", key]), payload)]


def _batch(text: str, key: str | None) -> list[Posted]:
    events = parse_exactly(text)
    if not isinstance(events, list):
        raise InvalidInput("A batch of CloudEvents must be a JSON array.")
    return [_structured(event, key and ["key", key, place]) for place, event in enumerate(events)]


def _structured(event: Any, key: Any) -> Posted:
    event = object_of(event, "A CloudEvent")
    _check_attributes(event)
    payload = _payload(event.get("data", event.get("data_base64")))
    return Posted(_event(dumps(payload), key, event), payload)


def _binary(text: str, headers: Mapping[str, str], key: str | None) -> Posted:
    """The attributes are headers, percent-encoded; the body is the data."""
    names = ("specversion", "id", "source", "type", "time")
    attributes = {name: unquote(headers[f"ce-{name}"]) for name in names if f"ce-{name}" in headers}
    _check_attributes({"specversion": "1.0", **attributes})
    value = parse(text) if text else None
    payload = _payload(value)
    kept = text if payload is value else f'{{"data":{text or "null"}}}'
    return Posted(_event(kept, key and ["key", key], attributes), payload)


def _payload(data: Any) -> dict[str, Any]:
    return data if isinstance(data, dict) else {"data": data}


def _check_attributes(event: Mapping[str, Any]) -> None:
    version = event.get("specversion")
    if not (isinstance(version, str) and version.startswith("1.")):
        raise InvalidInput("A CloudEvent needs the specversion 1.0.")
    for name in ("id", "source", "type"):
        if not (isinstance(event.get(name), str) and event[name]):
            raise InvalidInput(f"A CloudEvent needs {name}, as text.")


def _event(text: str, key: Any, attributes: Mapping[str, Any] | None = None) -> NewEvent:
    given = attributes or {}
    sent = key[1] if key else None
    if key is None and attributes is not None:
        key = ["cloudevent", given["source"], given["id"]]
    return NewEvent(
        id=new_id(),
        received_at=datetime.now(timezone.utc),
        text=text,
        external_id=given.get("id"),
        source=given.get("source"),
        type=given.get("type"),
        time=given.get("time"),
        dedupe_key=None if key is None else digest_of(key),
        idempotency_key=sent,
        body_hash=digest_of([text, given]) if sent else None,
    )

"""The event of a verified delivery."""

from __future__ import annotations

from typing import Any

from app.graph.engine_events import check_event_type
from app.hooks.cache import Hook
from app.hooks.headers import Headers
from app.storage.clock import clock
from app.storage.events import NewEvent
from app.storage.idempotency import digest_of
from app.storage.ids import new_id


def event_of(hook: Hook, headers: Headers, text: str, payload: dict[str, Any]) -> NewEvent:
    """
    The event of a delivery, whose id marks its repeats among those of the same hook.

    Raises DeliveryRefused, and InvalidInput for a type that senders may not use.
    """
    delivery_id = hook.scheme.delivery_id(headers, payload)
    type = hook.scheme.event_type(headers, payload)
    check_event_type(type, payload)
    return NewEvent(
        id=new_id(),
        received_at=clock.now(),
        text=text,
        external_id=delivery_id,
        source=f"hooks/{hook.name}",
        type=type,
        attributes={"headers": hook.scheme.kept_headers(headers)},
        dedupe_key=None if delivery_id is None else digest_of(["hook", hook.name, delivery_id]),
        idempotency_key=delivery_id,
    )

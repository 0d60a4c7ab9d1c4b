"""Refused deliveries: kept for the list of their hook, and the response that the sender gets."""

from __future__ import annotations

from fastapi import Request, Response

from app.api.http.responses import respond
from app.errors import (
    DeliveryRefused,
    HookUnusable,
    InvalidInput,
    NotFound,
    TooSlow,
    TrigraphError,
    UnsupportedMedia,
)
from app.hooks.cache import Hook
from app.hooks.headers import Headers
from app.hooks.refusal_log import RefusalLog
from app.storage.clock import clock
from app.storage.hooks.refusals import Refusal

#: Errors of a request that are kept among the refused deliveries.
REFUSALS = (DeliveryRefused, HookUnusable, InvalidInput, UnsupportedMedia, TooSlow)
#: Characters of the sender's id that a refused delivery is kept with.
MAX_ID = 200


def note_refusal(request: Request, hook: Hook, headers: Headers, error: TrigraphError) -> None:
    """Keep a refused delivery for the list of its hook."""
    log: RefusalLog = request.app.state.refusals
    try:
        delivery_id = hook.scheme.delivery_id(headers, {})
    except DeliveryRefused:
        delivery_id = None
    shown = None if delivery_id is None else delivery_id[:MAX_ID]
    client = request.scope.get("client")
    log.add(hook.id, Refusal(clock.now(), str(error), shown, client[0] if client else None))


def respond_refusal(hook: Hook, error: TrigraphError) -> Response:
    """The response to a refused delivery. Raises the error itself where the sender's proof is not the reason."""
    if isinstance(error, DeliveryRefused):
        return respond({"detail": str(error)}, 401, {"WWW-Authenticate": hook.scheme.challenge})
    if not isinstance(error, HookUnusable):
        raise error
    if not hook.is_active:
        raise absent(hook.name) from error
    return respond({"detail": f"Hook {hook.name} cannot verify deliveries now."}, 503, {"Retry-After": "60"})


def absent(name: str) -> NotFound:
    """One error for a hook that does not exist and for one that is switched off."""
    return NotFound(f"Hook {name[:100]} does not exist or is switched off.")

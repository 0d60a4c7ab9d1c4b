"""``POST /hooks/{name}``: deliveries of other systems, and the handshakes by which these try a hook."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.routing import Match

from app.access.scopes import open_to_all
from app.api.dependencies import AppContext
from app.api.http.bodies import LARGE, decompress, receive_body
from app.api.http.delivery_content import read_payload
from app.api.http.early_route import EarlyRoute
from app.api.http.responses import json_response, respond
from app.api.idempotency import REPLAYED
from app.api.intake import intake_in
from app.api.routes.events import respond_handshake
from app.api.schemas.common import path_of
from app.api.schemas.errors import errors_of
from app.api.schemas.events import EventAnswer
from app.api.schemas.hooks import DELIVERY_CONTENT, HOOK
from app.api.views.refused_deliveries import REFUSALS, absent, note_refusal, respond_refusal
from app.errors import DeliveryRefused, HookUnusable, InvalidInput
from app.hooks.cache import Hook, HookCache
from app.hooks.event import event_of
from app.hooks.headers import Headers, read_headers
from app.hooks.scheme import Delivery
from app.storage.clock import clock
from app.triggers.fire_together import Posted

OPEN = open_to_all("The sender proves by its signature, password or token that the delivery is genuine.")


class ChallengeRoute(EarlyRoute):
    """Takes only requests with ``hub.mode``; all others are for the routes that manage hooks."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        is_challenge = scope["type"] == "http" and b"hub.mode=" in scope["query_string"]
        return super().matches(scope) if is_challenge else (Match.NONE, {})


async def receive_delivery(request: Request) -> Response:
    """
    Deliver an event to a hook, with the proof that the scheme of the hook demands.

    It starts workflows as `POST /events` does. The sender's own id of the delivery is its idempotency key: a repeat
    starts nothing, and gets the first response.
    """
    hook = await find_hook(request)
    headers = read_headers(request.scope["headers"])
    try:
        require_usable(hook)
        body = await receive_body(request)
        await verify(hook, Delivery(headers, body, partial(url_of, request), clock.time()))
        return await accept_delivery(request, hook, headers, body)
    except REFUSALS as error:
        note_refusal(request, hook, headers, error)
        return respond_refusal(hook, error)


async def answer_challenge(request: Request) -> Response:
    """The handshake of Meta: the challenge, for a request that knows the ``verify_token`` of the hook."""
    hook = await find_hook(request)
    try:
        require_usable(hook)
        require_verify_token(hook, request.query_params.get("hub.verify_token", ""))
        challenge = request.query_params.get("hub.challenge")
        if not challenge:
            raise InvalidInput("The query has no hub.challenge; Meta sends one, which is returned.")
        return Response(challenge, media_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})
    except REFUSALS as error:
        note_refusal(request, hook, read_headers(request.scope["headers"]), error)
        return respond_refusal(hook, error)


async def allow_deliveries(request: Request) -> Response:
    """The handshake of CloudEvents' webhooks: this sender may deliver events, at any rate."""
    hook = await find_hook(request)
    if not hook.is_active:
        raise absent(hook.name)
    return respond_handshake(request, allow="DELETE, GET, POST, PUT")


def install(app: FastAPI) -> None:
    """Add the routes, on the app itself: each router between would be asked first whether the path is its own."""
    app.router.add_api_route(
        "/hooks/{name}",
        receive_delivery,
        methods=["POST"],
        dependencies=[OPEN],
        tags=["hooks"],
        response_model=EventAnswer,
        responses=errors_of(401, 404),
        openapi_extra={
            "requestBody": {"required": False, "content": DELIVERY_CONTENT},
            "parameters": path_of(name=("The name of a hook.", HOOK)),
        },
        route_class_override=EarlyRoute,
    )
    for method, function, route in (
        ("GET", answer_challenge, ChallengeRoute),
        ("OPTIONS", allow_deliveries, EarlyRoute),
    ):
        app.router.add_api_route(
            "/hooks/{name}",
            function,
            methods=[method],
            dependencies=[open_to_all("The handshake comes before the first delivery, and changes nothing.")],
            include_in_schema=False,
            route_class_override=route,
        )


async def find_hook(request: Request) -> Hook:
    """The hook of the path. Raises NotFound."""
    hooks: HookCache = request.app.state.hooks
    if hooks.claim_check():
        await run_in_threadpool(hooks.refresh)
    hook = hooks.find(request.path_params["name"])
    if hook is None:
        raise absent(request.path_params["name"])
    return hook


def require_usable(hook: Hook) -> None:
    """Raises HookUnusable where a hook is switched off, or its secrets cannot be read."""
    if not hook.is_active:
        raise HookUnusable("The hook is switched off; switch it on with is_active: true.")
    if hook.problem is not None:
        raise HookUnusable(hook.problem)


def require_verify_token(hook: Hook, given: str) -> None:
    """Raises DeliveryRefused unless this is the verify token of the hook."""
    if hook.verify_token is None:
        raise DeliveryRefused("The hook has no verify_token; set the one that the sender was given.")
    if not hmac.compare_digest(given.encode(errors="replace"), hook.verify_token):
        raise DeliveryRefused("The hub.verify_token is not the verify_token of the hook; set the same at both sides.")


async def verify(hook: Hook, delivery: Delivery) -> None:
    """Raises DeliveryRefused unless the delivery is genuine."""
    if len(delivery.body) > LARGE:
        await run_in_threadpool(hook.scheme.verify, delivery, hook.proof)
    else:
        hook.scheme.verify(delivery, hook.proof)


def url_of(request: Request) -> str:
    """The URL as the sender called it; EXTERNAL_URL is what it begins with, where it is set."""
    context: AppContext = request.app.state.context
    scope = request.scope
    base = context.settings.external_url.rstrip("/") or f"{scope['scheme']}://{request.headers.get('host', '')}"
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return base + (path + (b"?" + query if query else b"")).decode("latin-1")


async def accept_delivery(request: Request, hook: Hook, headers: Headers, body: bytes) -> Response:
    """Fire the event of a verified delivery, or answer its handshake."""
    read = partial(read_delivery, hook, headers, body, request.app.state.context.settings.max_body_bytes)
    is_compressed = bool(headers.get("Content-Encoding"))
    read_content = await run_in_threadpool(read) if is_compressed or len(body) > LARGE else read()
    if isinstance(read_content, Handshake):
        return respond(read_content.answer)
    answer = await intake_in(request).accept(read_content)
    replayed = None if read_content.event.id in answer else REPLAYED
    acknowledgement = hook.scheme.acknowledgement(headers)
    if acknowledgement is None:
        return json_response(answer, headers=replayed)
    return Response(acknowledgement[0], media_type=acknowledgement[1], headers=replayed)


@dataclass(frozen=True)
class Handshake:
    """A delivery that only tries the hook, and the answer that it gets."""

    answer: Any


def read_delivery(hook: Hook, headers: Headers, body: bytes, limit: int) -> Posted | Handshake:
    """The event of a delivery. Raises InvalidInput, TooLarge and UnsupportedMedia."""
    content = decompress(body, headers.get("Content-Encoding") or "", limit=limit)
    content_type = headers.get("Content-Type") or ""
    text, payload = read_payload(content, content_type, json_field=hook.scheme.json_field)
    handshake = hook.scheme.handshake(headers, payload)
    return Posted(event_of(hook, headers, text, payload), payload) if handshake is None else Handshake(handshake)

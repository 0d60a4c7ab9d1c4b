"""ASGI middleware that gives requests for hot routes to their functions at once, past routers and other middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.http.early_route import EarlyRoute
from app.api.http.raw_route import RawBodyRoute

Handler = Callable[[Request], Awaitable[Response]]
#: All handlers of ``app.api.errors`` are coroutines.
ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]


class HotPaths:
    """
    Serves ``POST`` to the routes of the app that read their body themselves; all other requests go the usual way.

    FastAPI documents these routes and can serve them too: their function, their scopes and the responses to their
    errors are the same. A request with an ``Origin`` goes the usual way, because it concerns CORS.
    """

    def __init__(self, app: ASGIApp, *, owner: FastAPI) -> None:
        self._app = app
        self._owner = owner
        routes = [route for route in owner.router.routes if isinstance(route, (RawBodyRoute, EarlyRoute))]
        posts = [(route, route.get_route_handler()) for route in routes if "POST" in (route.methods or ())]
        self._exact: dict[str, Handler] = {route.path: handle for route, handle in posts if not route.param_convertors}
        #: Routes with parameters by the beginning of their path, in the order in which they are asked.
        self._by_start: dict[str, list[tuple[APIRoute, Handler]]] = {}
        for route, handle in posts:
            if route.param_convertors:
                self._by_start.setdefault(start_of(route.path), []).append((route, handle))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self._find(scope)
        if handle is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await handle(request)
        except Exception as error:
            response = await self._respond_to(request, error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> Handler | None:
        """The function of a request's route; None where the request goes the usual way."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope.get("root_path"):
            return None
        if any(name == b"origin" for name, _ in scope["headers"]):
            return None
        path: str = scope["path"]
        handle = self._exact.get(path)
        if handle is not None:
            return handle
        for route, handle in self._by_start.get(start_of(path), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return handle
        return None

    async def _respond_to(self, request: Request, error: Exception) -> Response:
        """The response of the app's table of errors. Raises the error where the table has none but that of bugs."""
        for kind in type(error).__mro__:
            if kind is not Exception and kind in self._owner.exception_handlers:
                respond = cast(ErrorHandler, self._owner.exception_handlers[kind])
                return await respond(request, error)
        raise error


def start_of(path: str) -> str:
    """The first segment of a path."""
    return path[1:].partition("/")[0]

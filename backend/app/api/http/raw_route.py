"""A route without FastAPI's per-request machinery, for routes that are called a thousand times a second."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from app.access.scopes import requirements_in
from app.api.http.bodies import read_body
from app.api.http.strict_route import require_known_parameters


class RawBodyRoute(APIRoute):
    """
    FastAPI documents the route; its function gets the request, the body and the AppContext, whatever it declares.

    A coroutine runs on the event loop, any other function on a thread.

    Measured: resolving three dependencies takes FastAPI as long as accepting an event takes us.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint: Callable[..., Any] = self.endpoint
        call = endpoint if iscoroutinefunction(endpoint) else partial(run_in_threadpool, endpoint)
        requirements = requirements_in(self.dependencies)

        async def handle(request: Request) -> Response:
            for requirement in requirements:
                await requirement(request)
            require_known_parameters(request, ())
            body = await read_body(request)
            response: Response = await call(request, body, request.app.state.context)
            return response

        return handle

"""A route whose function begins before the body is read, so that it can refuse a request without reading it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.access.scopes import requirements_in


class EarlyRoute(APIRoute):
    """FastAPI documents the route; its function is a coroutine that gets the request, whatever it declares."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        requirements = requirements_in(self.dependencies)

        async def handle(request: Request) -> Response:
            for requirement in requirements:
                await requirement(request)
            return await endpoint(request)

        return handle

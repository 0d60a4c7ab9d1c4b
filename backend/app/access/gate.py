"""The gate of the API: it finds the caller of a request and checks the scopes of the route."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from app.access.caller import LOCAL, Caller
from app.access.scopes import Requirement


class Gate:
    """Admits requests to routes."""

    async def admit(self, request: Request, requirement: Requirement) -> None:
        """Note the caller as ``request.scope["caller"]``; once for each request."""
        if "caller" not in request.scope:
            request.scope["caller"] = replace(LOCAL, address=address_of(request))


def address_of(request: Request) -> str | None:
    """The IP address of the client, as the server sees it."""
    return request.client.host if request.client else None


async def caller_of(request: Request) -> Caller:
    """The caller that the requirement of the route has found."""
    caller: Caller = request.scope["caller"]
    return caller

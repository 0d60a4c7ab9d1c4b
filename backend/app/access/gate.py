"""The gate of the API: it has the caller of a request found, and checks its limits and the scopes of the route."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.access.authenticator import Authenticator
from app.access.caller import Caller, CallerKind
from app.access.limits import SenderLimits
from app.access.scopes import Requirement
from app.access.usage import KeyUsage
from app.access.visibility import require_visible_path
from app.errors import MissingScope
from app.settings import Settings
from app.storage.database import ConnectionPool, driver
from app.storage.orm import Sessions


class Gate:
    """Admits requests to routes."""

    def __init__(self, settings: Settings, engine: ConnectionPool, sessions: Sessions) -> None:
        self._requests = settings.sender_requests_per_second
        self._bytes = settings.sender_bytes_per_minute
        self._engine = engine
        self._limits = SenderLimits()
        self._usage = KeyUsage(sessions)
        self.authenticator = Authenticator(settings, engine)

    async def admit(self, request: Request, requirement: Requirement) -> None:
        """
        Note the caller as ``request.scope["caller"]``.

        Raises Unauthenticated, MissingScope, Forbidden, TooManyRequests, TooLarge, Unavailable; NotFound where a
        caller that is bound to some workflows names another.
        """
        if requirement.is_open:
            return
        caller: Caller | None = request.scope.get("caller")
        if caller is None:
            grant = await self.authenticator.authenticate(request)
            caller = grant.caller
            if caller.kind is not CallerKind.LOCAL:
                if caller.key_id is not None:
                    self._usage.note(caller.key_id)
                requests = grant.requests_per_second or self._requests
                most = grant.bytes_per_minute or self._bytes
                if requests or most:
                    await self._count(request, caller, requests, most)
            request.scope["caller"] = caller
        require_scope(caller, requirement)
        if caller.workflow_prefix is not None and request.path_params:
            await run_in_threadpool(self._require_visible, caller, request.path_params)

    def _require_visible(self, caller: Caller, parameters: Mapping[str, str]) -> None:
        with driver(self._engine) as connection, connection.cursor() as cursor:
            require_visible_path(cursor, caller, parameters)

    def close(self) -> None:
        """End the thread that notes the use of keys."""
        self._usage.close()

    async def _count(self, request: Request, caller: Caller, requests: int | None, most: int | None) -> None:
        """Count a request against the limits of its sender, in requests a second and bytes a minute; None: no limit."""
        sender = describe(caller)
        if requests:
            await self._limits.count_request(sender, requests)
        if most:
            announced = request.headers.get("content-length", "")
            if announced.isdecimal():
                await self._limits.count_bytes(sender, int(announced[:20]), most)
            else:
                # A body in chunks is counted when it has been read.
                request.scope["count_bytes"] = partial(self._limits.count_bytes, sender, most=most)


def describe(caller: Caller) -> str:
    """A caller as messages name it; two keys of one name count apart."""
    if caller.kind is CallerKind.PERSON:
        return caller.name
    return f"The key {caller.name}" + (f" ({caller.key_id})" if caller.key_id else "")


def require_scope(caller: Caller, requirement: Requirement) -> None:
    """Raise MissingScope if the caller has none of the scopes that are needed."""
    if requirement.scopes and not caller.may(requirement.scopes):
        names = [scope.value for scope in requirement.scopes]
        who = caller.name if caller.kind is CallerKind.PERSON else f"The key {caller.name}"
        raise MissingScope(f"{who} does not have the scope {' or '.join(names)}, which this request needs.", names)


def caller_in(request: Request) -> Caller:
    """The caller that the requirement of the route has found."""
    caller: Caller = request.scope["caller"]
    return caller


async def caller_of(request: Request) -> Caller:
    """The same, as a dependency of FastAPI that needs no thread."""
    return caller_in(request)

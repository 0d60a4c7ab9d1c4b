"""Scopes, and how a route declares those that it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from fastapi import Request
from fastapi.params import Depends


class Scope(str, Enum):
    """What a key or a person may be allowed to do."""

    #: Post events.
    EVENTS_WRITE = "events:write"
    #: Read workflows, their revisions, coverage and backtests; try rules.
    WORKFLOWS_READ = "workflows:read"
    #: Save and delete workflows.
    WORKFLOWS_WRITE = "workflows:write"
    #: Read executions, steps, events, notifications and approvals.
    EXECUTIONS_READ = "executions:read"
    #: Start, cancel, pause, resume, retry, fork and migrate executions.
    EXECUTIONS_WRITE = "executions:write"
    #: Read and decide approvals.
    APPROVALS_DECIDE = "approvals:decide"
    #: Write secrets, credentials, hooks and subscriptions.
    SECRETS_WRITE = "secrets:write"
    #: Everything, also keys and the audit.
    ADMIN = "admin"


def covers(granted: Scope, needed: Scope) -> bool:
    """True if a granted scope is the needed one or implies it: ``admin`` all, ``write`` the ``read`` of its noun."""
    if granted in (Scope.ADMIN, needed):
        return True
    noun, _, verb = needed.partition(":")
    return verb == "read" and granted == f"{noun}:write"


@lru_cache(maxsize=4096)
def cover_one(granted: frozenset[Scope], needed: tuple[Scope, ...]) -> bool:
    """True if one of the needed scopes is granted, or implied by one that is."""
    return any(covers(each, scope) for scope in needed for each in granted)


@dataclass(frozen=True)
class Requirement:
    """What a route needs of its caller; a dependency of FastAPI, which refuses the request or notes its caller."""

    #: One of these is enough; empty: every authenticated caller.
    scopes: tuple[Scope, ...] = ()
    #: Why the route is open to everybody, without authentication; empty: it is not.
    open_because: str = field(default="", kw_only=True)

    async def __call__(self, request: Request) -> None:
        """Raises Unauthenticated, Forbidden and TooManyRequests; the caller is then ``request.scope["caller"]``."""
        await request.app.state.gate.admit(request, self)

    @property
    def is_open(self) -> bool:
        return bool(self.open_because)


def requires(*scopes: str) -> Depends:
    """
    The dependency of a route that needs one of these scopes; without any, every authenticated caller may use it.

    ``@router.get("/keys", dependencies=[requires("admin")])``; with several of these, all must hold. Raises ValueError
    for an unknown scope.
    """
    return Depends(Requirement(tuple(map(Scope, scopes))))


def open_to_all(reason: str) -> Depends:
    """The dependency of a route that needs no authentication; the reason is shown in the documentation."""
    return Depends(Requirement(open_because=reason))


def requirements_in(dependencies: Iterable[object]) -> tuple[Requirement, ...]:
    """The requirements among the ``dependencies=`` of a route, all of which hold; empty: it declares none."""
    calls = (getattr(each, "dependency", None) for each in dependencies)
    return tuple(call for call in calls if isinstance(call, Requirement))

"""What routes depend on: the context of the process, a session that writes, and one that reads a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.gate import caller_of
from app.api.probes import Probes
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineContext
from app.engine.definitions.names import KnownNames
from app.engine.registry import Registry
from app.engine.wakeups.aftermath import Aftermath
from app.hooks.cache import HookCache
from app.hooks.refusal_log import RefusalLog
from app.settings import Settings
from app.storage.database import ConnectionPool
from app.storage.orm import Sessions
from app.storage.secrets import list_names
from app.storage.stored_secrets import StoredNames
from app.why.fields import RecentPaths
from app.why.past import PastTriggers


@dataclass(frozen=True)
class AppContext:
    """What one API process works with."""

    settings: Settings
    engine_context: EngineContext
    sessions: Sessions
    registry: Registry
    #: True if the broker answers; takes two seconds at most.
    broker_alive: Callable[[], bool]

    @property
    def engine(self) -> ConnectionPool:
        return self.engine_context.engine

    @property
    def known_names(self) -> KnownNames:
        """The names of secrets and credentials, as they are when a definition first names one."""
        return KnownNames(self._list_names)

    def _list_names(self) -> StoredNames:
        with self.sessions() as session:
            return list_names(session)

    def dispatch(self, aftermath: Aftermath) -> None:
        """Act on what a commit leaves to be done. Never blocks on the broker, never raises."""
        dispatch(self.engine_context, aftermath)


async def context_of(request: Request) -> AppContext:
    context: AppContext = request.app.state.context
    return context


async def probes_of(request: Request) -> Probes:
    probes: Probes = request.app.state.probes
    return probes


async def past_of(request: Request) -> PastTriggers:
    past: PastTriggers = request.app.state.past
    return past


async def recent_paths_of(request: Request) -> RecentPaths:
    paths: RecentPaths = request.app.state.recent_paths
    return paths


async def hooks_of(request: Request) -> HookCache:
    hooks: HookCache = request.app.state.hooks
    return hooks


async def refusals_of(request: Request) -> RefusalLog:
    refusals: RefusalLog = request.app.state.refusals
    return refusals


CallerDep = Annotated[Caller, Depends(caller_of)]
ContextDep = Annotated[AppContext, Depends(context_of)]
HooksDep = Annotated[HookCache, Depends(hooks_of)]
ProbesDep = Annotated[Probes, Depends(probes_of)]
RefusalsDep = Annotated[RefusalLog, Depends(refusals_of)]
PastDep = Annotated[PastTriggers, Depends(past_of)]
RecentPathsDep = Annotated[RecentPaths, Depends(recent_paths_of)]


def session_of(context: ContextDep) -> Iterator[Session]:
    """A session for one request; a route that writes opens ``with session.begin()``."""
    with context.sessions() as session:
        yield session


def snapshot_of(context: ContextDep) -> Iterator[Session]:
    """A session whose statements all see the same state of the database, so that one response agrees with itself."""
    with context.sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


# Closed when the route returns: a client that reads its response slowly must not hold a connection.
SessionDep = Annotated[Session, Depends(session_of, scope="function")]
SnapshotDep = Annotated[Session, Depends(snapshot_of, scope="function")]

"""What routes depend on: the context of the process, a session that writes, and one that reads a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.gate import caller_of
from app.api.probes import Probes
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineContext
from app.engine.registry import Registry
from app.engine.wakeups.aftermath import Aftermath
from app.settings import Settings
from app.storage.database import Sessions
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
    def engine(self) -> Engine:
        return self.engine_context.engine

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


CallerDep = Annotated[Caller, Depends(caller_of)]
ContextDep = Annotated[AppContext, Depends(context_of)]
ProbesDep = Annotated[Probes, Depends(probes_of)]
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

"""What routes are given: the parts that the app was assembled from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.engine.config import EngineContext
from app.engine.registry import Registry
from app.engine.wakeups.message import WakeUp
from app.settings import Settings
from app.storage.database import Sessions


@dataclass(frozen=True)
class AppContext:
    """What one API process works with."""

    settings: Settings
    engine_context: EngineContext
    sessions: Sessions
    registry: Registry
    #: True where the broker answers; takes two seconds at most.
    broker_alive: Callable[[], bool]
    #: Threads for questions about health alone: while Postgres hangs, those that serve other routes all wait for it.
    askers: Executor = field(default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="health"))

    @property
    def engine(self) -> Engine:
        return self.engine_context.engine

    def wake(self, wake_ups: Iterable[WakeUp]) -> None:
        """Have workers look at executions; called after the commit. Never blocks on the broker, never raises."""
        self.engine_context.publisher.put(wake_ups)

    def wake_executions(self, ids: Iterable[str]) -> None:
        self.wake(WakeUp(id) for id in ids)


async def context_of(request: Request) -> AppContext:
    parts: AppContext = request.app.state.parts
    return parts


ContextDep = Annotated[AppContext, Depends(context_of)]


def session_of(parts: ContextDep) -> Iterator[Session]:
    """A session for one request; a route that writes says ``with session.begin()``."""
    with parts.sessions() as session:
        yield session


SessionDep = Annotated[Session, Depends(session_of)]

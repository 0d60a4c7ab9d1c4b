"""What only a worker needs, imported on demand: an API has the tasks, and runs none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.deferred import Deferred

if TYPE_CHECKING:
    from app.engine.process import context
    from app.engine.walk.news import Look
    from app.engine.walk.walker import WorkerContext
else:
    context = Deferred("app.engine.process.context")


def worker() -> WorkerContext:
    """The worker context of this process."""
    return context.worker()


def offer(looks: list[Look]) -> None:
    """Have this process act on wake-ups as it has room; those that it does not get to soon are published again."""
    context.offer(looks)


def wake_executions(execution_ids: Iterable[str]) -> None:
    """Publish that these executions are to begin. Never blocks on the broker, never raises."""
    context.wake_executions(execution_ids)

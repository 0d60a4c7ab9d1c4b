"""What only a worker needs, imported on demand: an API has the tasks, and runs none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from celery.signals import import_modules

from app.deferred import Deferred, load

if TYPE_CHECKING:
    from app.engine.process import context, worker_life
    from app.engine.walk.news import Look
    from app.engine.walk.walker import WorkerContext
else:
    context = Deferred("app.engine.process.context")
    worker_life = Deferred("app.engine.process.worker_life")


@import_modules.connect
def _load_worker_life(**_: Any) -> None:
    """Have a worker prepare itself: Celery sends this signal first when one starts, and in no API."""
    load(worker_life)


def worker() -> WorkerContext:
    """The worker context of this process."""
    return context.worker()


def offer(looks: list[Look]) -> None:
    """Have this process act on wake-ups as it has room; those that it does not get to soon are published again."""
    context.offer(looks)


def wake_executions(execution_ids: Iterable[str]) -> None:
    """Publish that these executions are to begin. Never blocks on the broker, never raises."""
    context.wake_executions(execution_ids)

"""
What deployments import: the Celery app, the node types, and the tasks.

``celery -A app.engine.orchestrator.celery_app worker`` is a worker. Handlers can be registered at the end of this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.deferred import Deferred
from app.engine.process.configuration import config, registry, settings
from app.engine.process.on_demand import wake_executions, worker

if TYPE_CHECKING:
    from app.engine.process import tasks
    from app.engine.process.celery_app import celery_app
    from app.engine.process.tasks import execute_node, walk
else:
    tasks = Deferred("app.engine.process.tasks")

__all__ = [
    "celery_app",
    "config",
    "execute_node",
    "registry",
    "settings",
    "wake_executions",
    "walk",
    "worker",
]


def __getattr__(name: str) -> Any:
    """Import Celery when one of these is first used: an API needs none. ``celery -A`` looks for ``app`` by itself."""
    if name in ("app", "celery_app", "execute_node", "walk"):
        return getattr(tasks, "celery_app" if name == "app" else name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

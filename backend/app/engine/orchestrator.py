"""
What deployments import: the Celery app, the node types, and the tasks.

``celery -A app.engine.orchestrator.celery_app worker`` is a worker. Handlers can be registered at the end of this file.
"""

from __future__ import annotations

from app.engine.process.celery_app import celery_app
from app.engine.process.configuration import config, registry, settings
from app.engine.process.on_demand import wake_executions, worker
from app.engine.process.tasks import execute_node, walk

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

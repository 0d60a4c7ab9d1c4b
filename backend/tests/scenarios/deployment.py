"""A deployment with the node types of the tests: ``celery -A tests.scenarios.deployment.celery_app worker``."""

from __future__ import annotations

from app.engine.orchestrator import celery_app, execute_node, registry
from tests.scenarios.extras import EXTRAS, WaitsByResumeAfter

WaitsByResumeAfter.execute_node = execute_node
for extra in EXTRAS:
    registry.register(extra)

__all__ = ["celery_app", "execute_node"]

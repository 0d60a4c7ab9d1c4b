"""A deployment with node types that compute: ``celery -A tests.scenarios.computing.celery_app worker``."""

from __future__ import annotations

import os
import time
from typing import Any

import requests

from app.engine.orchestrator import celery_app, registry
from app.engine.registry import HandlerResult, Services
from tests.scenarios.deployment import execute_node
from tests.scenarios.extras import Kills


class Computes:
    """Calls ``url``, and keeps its place until that answers; returns its process."""

    type = "computes"
    computes = True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        given = {"process": os.getpid()}
        requests.post(data["url"], json=given, headers={"Idempotency-Key": services.idempotency_key}, timeout=60)
        return HandlerResult(result=given)


class ComputesForEver(Computes):
    """Runs for ever, in Python code, or outside of it where ``in_c`` is set."""

    type = "computes_for_ever"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        while True:
            time.sleep(3600 if data.get("in_c") else 0)  # That is what it is for.


class ComputesAndKills(Kills):
    """Kills its process."""

    type = "computes_and_kills"
    computes = True


COMPUTING = [Computes(), ComputesForEver(), ComputesAndKills()]
for handler in COMPUTING:
    registry.register(handler)

__all__ = ["celery_app", "execute_node"]

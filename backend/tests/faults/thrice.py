"""A deployment that publishes every message three times."""

from __future__ import annotations

from app.engine import orchestrator
from app.engine.wakeups.message import WakeUp
from tests.scenarios.deployment import celery_app

_send = orchestrator.send


def send(wake_ups: list[WakeUp]) -> None:
    for _ in range(3):
        _send(wake_ups)


orchestrator.send = send

__all__ = ["celery_app"]

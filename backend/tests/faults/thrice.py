"""A deployment that publishes every message three times."""

from __future__ import annotations

from app.engine.process import publishing
from app.engine.wakeups.message import WakeUp
from tests.scenarios.deployment import celery_app

_send = publishing.send


def send(wake_ups: list[WakeUp]) -> None:
    for _ in range(3):
        _send(wake_ups)


publishing.send = send

__all__ = ["celery_app"]

"""The response of ``/system``."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from app.api.schemas.common import documented
from app.api.schemas.system import FleetHealth


class WorkerRead(BaseModel):
    name: str
    #: The queues that it consumes.
    queues: list[str]
    node_types: list[str]
    started_at: datetime
    last_seen_at: datetime
    is_alive: bool


class SystemRead(BaseModel):
    model_config = documented(
        {
            "health": {
                "status": "healthy",
                "version": "0.2.0",
                "services": {
                    "redis": "healthy",
                    "postgres": "healthy",
                    "orchestrator": "healthy",
                    "workers": "healthy (1 active)",
                },
            },
            "environment": "dev",
            "workers": [
                {
                    "name": "celery@host",
                    "queues": ["celery"],
                    "node_types": ["branch", "delay"],
                    "started_at": "2026-01-31T08:00:00Z",
                    "last_seen_at": "2026-01-31T09:30:00Z",
                    "is_alive": True,
                }
            ],
            "ready_steps": 12,
            "oldest_ready_at": "2026-01-31T09:29:58Z",
            "running_steps": 3,
            "timers": [0] * 24,
            "settings": ["DATABASE_URL", "LOG_LEVEL"],
        }
    )

    health: FleetHealth
    environment: str
    workers: list[WorkerRead]
    #: Steps that a worker could take, and those that one has taken; at most 10,001 together.
    ready_steps: int
    oldest_ready_at: datetime | None
    running_steps: int
    #: Waiting steps that are due in each 24th part of the next hour.
    timers: list[int]
    #: The names of the settings that differ from their defaults.
    settings: list[str]

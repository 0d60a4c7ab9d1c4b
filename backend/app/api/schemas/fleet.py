"""The response of ``/system``."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

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
    pool: str | None = Field(
        description="The kind of its pool, prefork or thread; null: a build that does not record it."
    )
    slots: int | None = Field(description="The messages that it can work on at once.")
    busy: int | None = Field(description="The messages that it worked on at its last heartbeat.")


class QueueRead(BaseModel):
    """A queue, and what waits in it as far as Postgres knows."""

    name: str
    #: Alive workers that consume it.
    workers: int
    pending_executions: int
    ready_steps: int
    oldest_at: datetime | None = Field(description="Since when the oldest of both waits.")


class UpkeepRead(BaseModel):
    """What the timekeepers of the workers have done."""

    passed_at: datetime | None = Field(description="The last pass of any of them.")
    rescued: int = Field(
        description="Steps, executions and signals that were abandoned or lost, and woken again, since workers started."
    )
    rescued_at: datetime | None


class VersionsRead(BaseModel):
    trigraph: str
    database_schema: str | None = Field(description="The newest migration that the database has.")
    postgres: str
    python: str


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
                    "pool": "prefork",
                    "slots": 4,
                    "busy": 3,
                }
            ],
            "queues": [
                {
                    "name": "celery",
                    "workers": 1,
                    "pending_executions": 2,
                    "ready_steps": 12,
                    "oldest_at": "2026-01-31T09:29:58Z",
                }
            ],
            "timekeeper": {
                "passed_at": "2026-01-31T09:30:00Z",
                "rescued": 1,
                "rescued_at": "2026-01-31T08:12:00Z",
            },
            "ready_steps": 12,
            "oldest_ready_at": "2026-01-31T09:29:58Z",
            "pending_executions": 2,
            "running_steps": 3,
            "timers": [0] * 24,
            "settings": ["DATABASE_URL", "LOG_LEVEL"],
            "versions": {"trigraph": "0.2.0", "database_schema": "0049", "postgres": "16.4", "python": "3.11.9"},
        }
    )

    health: FleetHealth
    environment: str
    workers: list[WorkerRead]
    queues: list[QueueRead]
    timekeeper: UpkeepRead
    #: Steps that a worker could take, and those that one has taken; at most 10,001 together.
    ready_steps: int
    oldest_ready_at: datetime | None
    running_steps: int
    #: Executions that no worker has begun, and that no limit holds.
    pending_executions: int
    #: Waiting steps that are due in each 24th part of the next hour.
    timers: list[int]
    #: The names of the settings that differ from their defaults.
    settings: list[str]
    versions: VersionsRead

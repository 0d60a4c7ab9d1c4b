"""Responses of health, node types and notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, documented


class NotificationRead(BaseModel):
    model_config = documented(
        {
            "id": "0199c1f2-63aa-7d10-b2c4-0a1f2e3d4c5b",
            "execution_id": EXECUTION,
            "node_id": "notify",
            "notified": "AE",
            "message": "A lead of 90",
            "created_at": "2026-01-31T09:30:00.860Z",
        }
    )

    id: str
    execution_id: str
    node_id: str
    notified: Any
    message: Any
    created_at: datetime


class ReservedKeys(BaseModel):
    """The JSON Schema of the keys that every node has."""

    model_config = documented(
        {"type": "object", "properties": {"timeout": {"type": ["number", "string"], "format": "duration"}}}
    )

    type: str
    properties: dict[str, Any]


class NodeType(BaseModel):
    model_config = documented(
        {
            "type": "delay",
            "title": "Delay",
            "category": "Flow",
            "icon": "hourglass",
            "summary": ["{ms} ms", "until {until}"],
            "handles": ["error"],
            "chooses": False,
            "has_effects": False,
            "outputs": None,
            "schema": {"type": "object", "properties": {"ms": {"type": "number"}}},
        },
        populate_by_name=True,
    )

    type: str
    title: str
    #: The group in which an editor lists it, and the name of its icon at lucide.dev.
    category: str
    icon: str
    #: What a box shows of its data: the first text whose keys are all given; ``{#cases}`` is the length of a list.
    summary: list[str]
    handles: list[str]
    #: True if each of its ``cases`` has a handle too: its label, or ``else``.
    chooses: bool
    #: True if it may do something outside of Trigraph.
    has_effects: bool
    #: Every member that its output can have; null: not known.
    outputs: list[str] | None
    data_schema: dict[str, Any] = Field(alias="schema")


class Health(BaseModel):
    model_config = documented({"status": "healthy"})

    #: ``healthy``; ``degraded`` without the broker, or without a free connection; ``unhealthy`` without Postgres.
    status: str


UNHEALTHY_FLEET = {
    "status": "unhealthy",
    "version": "0.2.0",
    "services": {"redis": "healthy", "postgres": "unhealthy", "orchestrator": "unhealthy", "workers": "unknown"},
}


class FleetServices(BaseModel):
    #: ``healthy`` or ``unhealthy``; workers also with their number: ``healthy (2 active)``.
    redis: str
    postgres: str
    orchestrator: str
    workers: str


class FleetHealth(BaseModel):
    model_config = documented(
        {
            "status": "healthy",
            "version": "0.2.0",
            "services": {
                "redis": "healthy",
                "postgres": "healthy",
                "orchestrator": "healthy",
                "workers": "healthy (2 active)",
            },
        }
    )

    #: ``healthy``; ``degraded`` without the broker or without workers; ``unhealthy`` without Postgres.
    status: str
    version: str
    services: FleetServices


class Service(BaseModel):
    model_config = documented({"name": "Trigraph", "version": "0.2.0", "docs": "/docs", "studio": "/studio"})

    name: str
    version: str
    docs: str
    studio: str

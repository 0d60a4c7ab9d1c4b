"""Responses of health, node types and notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class NotificationRead(BaseModel):
    id: str
    execution_id: str
    node_id: str
    notified: Any
    message: Any
    created_at: datetime


class NodeType(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    type: str
    title: str
    handles: list[str]
    data_schema: dict[str, Any] = Field(alias="schema")


class Health(BaseModel):
    #: ``healthy``; ``degraded`` while the broker is away; ``unhealthy`` while Postgres is.
    status: str


class FleetServices(BaseModel):
    #: ``healthy`` or ``unhealthy``; of the workers also how many there are: ``healthy (2 active)``.
    redis: str
    postgres: str
    orchestrator: str
    workers: str


class FleetHealth(BaseModel):
    #: ``healthy``; ``degraded`` while the broker is away or no worker lives; ``unhealthy`` while Postgres is away.
    status: str
    version: str
    services: FleetServices


class Service(BaseModel):
    name: str
    version: str
    docs: str

"""``/v1/health``: how each part of the fleet is, the workers among them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

import psycopg2
from fastapi import APIRouter, Response

from app.api.dependencies import ContextDep
from app.api.http.responses import respond
from app.api.routes.service import VERSION, in_time
from app.api.schemas.system import FleetHealth
from app.storage.workers import count_active

router = APIRouter(prefix="/v1", tags=["service"])


@dataclass(frozen=True)
class WorkerCensus:
    """What Postgres says when it is asked for the workers."""

    postgres: bool = False
    #: How many workers live; None where that cannot be known.
    workers: int | None = None


@router.get("/health", response_model=FleetHealth, responses={503: {"model": FleetHealth}})
async def get_fleet_health(parts: ContextDep) -> Response:
    """``healthy``; ``degraded`` without the broker or without workers; ``unhealthy``, with 503, without Postgres."""
    ask = partial(take_census, parts.settings.database, within=parts.settings.worker_heartbeat_timeout)
    found, broker = await asyncio.gather(in_time(parts.askers, ask), in_time(parts.askers, parts.broker_alive))
    health = describe_census(found or WorkerCensus(), broker=bool(broker))
    return respond(health.model_dump(), 503 if health.status == "unhealthy" else 200)


def take_census(url: str, *, within: float) -> WorkerCensus:
    """Count the workers that said something within so many seconds; asks on a connection of its own."""
    try:
        connection = psycopg2.connect(url, connect_timeout=2, options="-c statement_timeout=1500")
    except psycopg2.OperationalError:
        return WorkerCensus()
    try:
        with connection, connection.cursor() as cursor:
            return WorkerCensus(postgres=True, workers=count_active(cursor, within=within))
    except psycopg2.Error:
        return WorkerCensus(postgres=not connection.closed)
    finally:
        connection.close()


def describe_census(found: WorkerCensus, *, broker: bool) -> FleetHealth:
    """
    The state of every part, and of the whole.

    The orchestrator is what each API and worker does with Postgres; it is well where Postgres is.
    """
    services = {
        "redis": _health_word(broker),
        "postgres": _health_word(found.postgres),
        "orchestrator": _health_word(found.postgres),
        "workers": "unknown"
        if found.workers is None
        else f"{_health_word(found.workers > 0)} ({found.workers} active)",
    }
    status = "healthy" if broker and found.workers else "degraded"
    return FleetHealth.model_validate(
        {"status": status if found.postgres else "unhealthy", "version": VERSION, "services": services}
    )


def _health_word(well: bool) -> str:
    return "healthy" if well else "unhealthy"

"""``/`` and ``/health``: who answers here, and whether all is well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

import psycopg2
from fastapi import APIRouter, Response

from app import __version__
from app.api.dependencies import ContextDep
from app.api.http.responses import respond
from app.api.schemas.system import Health, Service

router = APIRouter(tags=["service"])
Said = TypeVar("Said")

NAME = "Trigraph"
VERSION = __version__
#: Seconds that a server may take to answer before it counts as gone.
HEALTH_TIMEOUT = 2.5


@router.get("/", response_model=Service)
async def get_service() -> Response:
    """The service's name, and where its documentation is."""
    return respond({"name": NAME, "version": VERSION, "docs": "/docs"})


@router.get("/health", response_model=Health, responses={503: {"model": Health}})
async def get_health(parts: ContextDep) -> Response:
    """``healthy``; ``degraded`` while the broker is away; ``unhealthy``, with 503, while Postgres is."""
    questions = (partial(database_alive, parts.settings.database), parts.broker_alive)
    database, broker = await asyncio.gather(*(in_time(parts.askers, ask) for ask in questions))
    if not database:
        return respond({"status": "unhealthy"}, 503)
    return respond({"status": "healthy" if broker else "degraded"})


async def in_time(askers: Executor, ask: Callable[[], Said]) -> Said | None:
    """What ``ask`` answers; None where it does not within seconds."""
    try:
        asked = asyncio.get_running_loop().run_in_executor(askers, ask)
        return await asyncio.wait_for(asked, HEALTH_TIMEOUT)
    except asyncio.TimeoutError:
        return None


def database_alive(url: str) -> bool:
    """True where Postgres takes a connection; not one of the pool, which may be in use to the last."""
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True

"""``/system``: workers, and what waits for them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import datetime

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from app import __version__
from app.access.scopes import requires
from app.api.dependencies import AppContext, ContextDep, ProbesDep
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.routes.health import describe_fleet
from app.api.schemas.fleet import SystemRead
from app.engine.config import EngineConfig
from app.settings import Settings
from app.storage.database import driver
from app.storage.fleet import (
    OpenWork,
    SeenWorker,
    Upkeep,
    count_open_work,
    count_timers,
    list_workers,
    read_server_version,
    read_upkeep,
)
from app.storage.schema import head

router = make_router(tag="service")


@router.get("/system", dependencies=[requires("admin")], response_model=SystemRead)
async def get_system(context: ContextDep, probes: ProbesDep) -> Response:
    """The state of the fleet: its health, its workers, the steps that wait for one, and the timers of the next hour."""
    census, pool, broker = await probes.ask()
    health = describe_fleet(census, pool=pool, broker=broker)
    found = await run_in_threadpool(read_fleet, context)
    return respond({"health": health.model_dump(), **found})


def read_fleet(context: AppContext) -> dict[str, object]:
    settings = context.settings
    with driver(context.engine) as connection, connection.cursor() as cursor:
        workers = list_workers(cursor, within=settings.worker_heartbeat_timeout)
        work, timers, upkeep = count_open_work(cursor), count_timers(cursor), read_upkeep(cursor)
        postgres = read_server_version(cursor)
    steps = [each for each in work if each.type is not None]
    return {
        "environment": settings.environment,
        "workers": [show_worker(worker) for worker in workers],
        "queues": show_queues(work, workers, context.engine_context.config),
        "timekeeper": show_upkeep(upkeep),
        "ready_steps": sum(each.ready for each in steps),
        "oldest_ready_at": as_time(find_oldest(steps)),
        "running_steps": sum(each.running for each in steps),
        "pending_executions": sum(each.ready for each in work if each.type is None),
        "timers": timers,
        "settings": changed_settings(settings),
        "versions": {
            "trigraph": __version__,
            "database_schema": head(),
            "postgres": postgres,
            "python": platform.python_version(),
        },
    }


def find_oldest(work: Iterable[OpenWork]) -> datetime | None:
    return min((each.oldest_ready_at for each in work if each.oldest_ready_at), default=None)


def show_queues(work: list[OpenWork], workers: list[SeenWorker], config: EngineConfig) -> list[dict[str, object]]:
    """The queues that workers consume or that something waits in; the default one first."""
    waiting: dict[str, list[OpenWork]] = {config.default_queue: []}
    for name in sorted({queue for worker in workers if worker.is_alive for queue in worker.queues}):
        waiting.setdefault(name, [])
    for each in work:
        queue = (config.queue_of(each.type) if each.type else None) or config.default_queue
        waiting.setdefault(queue, []).append(each)
    return [
        {
            "name": name,
            "workers": sum(worker.is_alive and name in worker.queues for worker in workers),
            "pending_executions": sum(each.ready for each in found if each.type is None),
            "ready_steps": sum(each.ready for each in found if each.type is not None),
            "oldest_at": as_time(find_oldest(found)),
        }
        for name, found in waiting.items()
    ]


def show_upkeep(upkeep: Upkeep) -> dict[str, object]:
    return {
        "passed_at": as_time(upkeep.passed_at),
        "rescued": upkeep.rescued,
        "rescued_at": as_time(upkeep.rescued_at),
    }


def show_worker(worker: SeenWorker) -> dict[str, object]:
    return {
        "name": worker.name,
        "queues": worker.queues,
        "node_types": worker.node_types,
        "started_at": as_time(worker.started_at),
        "last_seen_at": as_time(worker.last_seen_at),
        "is_alive": worker.is_alive,
        "pool": worker.pool,
        "slots": worker.slots,
        "busy": worker.busy,
    }


def changed_settings(settings: Settings) -> list[str]:
    """The names of the settings that differ from their defaults; their values may be secret."""
    fields = type(settings).model_fields
    return sorted(name.upper() for name, field in fields.items() if getattr(settings, name) != field.default)

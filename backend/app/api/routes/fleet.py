"""``/system``: workers, and what waits for them."""

from __future__ import annotations

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from app.access.scopes import requires
from app.api.dependencies import AppContext, ContextDep, ProbesDep
from app.api.http.responses import as_time, respond
from app.api.http.strict_route import make_router
from app.api.routes.health import describe_fleet
from app.api.schemas.fleet import SystemRead
from app.settings import Settings
from app.storage.database import driver
from app.storage.fleet import SeenWorker, count_open_steps, count_timers, list_workers

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
        steps, timers = count_open_steps(cursor), count_timers(cursor)
    return {
        "environment": settings.environment,
        "workers": [show_worker(worker) for worker in workers],
        "ready_steps": steps.ready,
        "oldest_ready_at": as_time(steps.oldest_ready_at),
        "running_steps": steps.running,
        "timers": timers,
        "settings": changed_settings(settings),
    }


def show_worker(worker: SeenWorker) -> dict[str, object]:
    return {
        "name": worker.name,
        "queues": worker.queues,
        "node_types": worker.node_types,
        "started_at": as_time(worker.started_at),
        "last_seen_at": as_time(worker.last_seen_at),
        "is_alive": worker.is_alive,
    }


def changed_settings(settings: Settings) -> list[str]:
    """The names of the settings that differ from their defaults; their values may be secret."""
    fields = type(settings).model_fields
    return sorted(name.upper() for name, field in fields.items() if getattr(settings, name) != field.default)

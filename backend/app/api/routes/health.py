"""``/``, ``/health`` and ``/v1/health``: liveness, readiness, and the state of each part of the fleet."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import RedirectResponse

from app import __version__
from app.access.scopes import open_to_all
from app.api import studio
from app.api.dependencies import ProbesDep
from app.api.http.accept import prefers_page
from app.api.http.responses import respond
from app.api.probes import WorkerCensus
from app.api.router import make_router
from app.api.schemas.errors import unhealthy
from app.api.schemas.system import UNHEALTHY_FLEET, FleetHealth, Health, Service

router = make_router(tag="service")

NAME = "Trigraph"
PROBE = open_to_all("Probes of load balancers and orchestrators have no credentials; it shows no data.")


@router.get("/", dependencies=[PROBE], response_model=Service)
async def get_service(accept: Annotated[str, Header(include_in_schema=False)] = "") -> Response:
    """The name of the service; it asks no server, so it is the liveness probe. A browser is sent to the studio."""
    if prefers_page(accept):
        return RedirectResponse(studio.PATH, 303, {"Vary": "Accept"})
    service = {"name": NAME, "version": __version__, "docs": "/docs", "studio": studio.PATH}
    return respond(service, headers={"Vary": "Accept"})


@router.get(
    "/health", dependencies=[PROBE], response_model=Health, responses=unhealthy(Health, {"status": "unhealthy"})
)
async def get_health(probes: ProbesDep) -> Response:
    """``healthy``; ``degraded`` without the broker or a free connection; ``unhealthy``, with 503, without Postgres."""
    census, pool, broker = await probes.ask()
    if not census.postgres:
        return respond({"status": "unhealthy"}, 503)
    return respond({"status": "healthy" if pool and broker else "degraded"})


@router.get(
    "/v1/health", dependencies=[PROBE], response_model=FleetHealth, responses=unhealthy(FleetHealth, UNHEALTHY_FLEET)
)
async def get_fleet_health(probes: ProbesDep) -> Response:
    """``degraded`` also without workers; ``unhealthy``, with 503, without Postgres."""
    census, pool, broker = await probes.ask()
    health = describe_fleet(census, pool=pool, broker=broker)
    return respond(health.model_dump(), 503 if health.status == "unhealthy" else 200)


def describe_fleet(census: WorkerCensus, *, pool: bool, broker: bool) -> FleetHealth:
    """
    The state of each part, and of the whole.

    The orchestrator is the part of API and workers that works on Postgres; it is healthy if Postgres is.
    """
    postgres = "degraded" if census.postgres and not pool else _health_word(census.postgres)
    workers = "unknown" if census.workers is None else f"{_health_word(census.workers > 0)} ({census.workers} active)"
    services = {
        "redis": _health_word(broker),
        "postgres": postgres,
        "orchestrator": _health_word(census.postgres),
        "workers": workers,
    }
    status = "healthy" if broker and pool and census.workers else "degraded"
    return FleetHealth.model_validate(
        {"status": status if census.postgres else "unhealthy", "version": __version__, "services": services}
    )


def _health_word(is_healthy: bool) -> str:
    return "healthy" if is_healthy else "unhealthy"

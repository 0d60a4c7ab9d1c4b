"""The FastAPI app: the routers, the errors, the origins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from app.api import errors
from app.api.dependencies import AppContext
from app.api.routes import (
    approval_links,
    approvals,
    dag,
    events,
    executions,
    health,
    node_types,
    notifications,
    service,
    steps,
    workflows,
)
from app.engine.definitions.files import register_files
from app.storage.database import driver
from app.storage.migrate import migrate

ROUTERS: Sequence[APIRouter] = [
    module.router
    for module in (
        *(workflows, events, executions, approvals, approval_links, notifications, node_types),
        *(dag, steps, health, service),
    )
]

#: The path of the files that ``/docs`` consists of.
DOCS_FILES = "/docs/files"


def create_app(parts: AppContext) -> FastAPI:
    """The app; it touches no server before it is started."""
    app = FastAPIOffline(
        title=service.NAME,
        version=service.VERSION,
        description="A workflow engine on Postgres and Celery that can say why.",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        # The files of /docs are served by the API itself, so that the page works without internet.
        static_url=DOCS_FILES,
        redoc_url=None,
    )
    app.state.parts = parts
    app.add_middleware(
        CORSMiddleware,
        allow_origins=parts.settings.origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["ETag", "Link"],
    )
    errors.install(app)
    events.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.openapi()  # Builds every route now; else the first requests would, in whatever threads they come.
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Bring the database to the newest schema, and learn the triggers; give the connections back at the end."""
    parts: AppContext = app.state.parts
    await run_in_threadpool(prepare, parts)
    yield
    parts.engine.dispose()


def prepare(parts: AppContext) -> None:
    migrate(parts.settings.database)
    register_files(parts.engine, parts.registry, parts.settings)
    with driver(parts.engine) as connection, connection.cursor() as cursor:
        parts.engine_context.triggers.refresh(cursor, stale=parts.engine_context.triggers.current)


def operation_id(route: APIRoute) -> str:
    """The route's function: stable, and what a generated client calls it."""
    return route.name

"""The FastAPI app: routers, errors, middleware."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from app import __version__
from app.access.gate import Gate
from app.api import errors, openapi, studio
from app.api.command_groups import CommandGroups
from app.api.dependencies import AppContext
from app.api.http.hot_paths import HotPaths
from app.api.http.request_guard import RequestGuard
from app.api.intake import Intake
from app.api.probes import make_probes
from app.api.router import add_routes, operation_id
from app.api.routes import (
    approval_links,
    approvals,
    audit,
    backtests,
    bulk,
    causes,
    changes,
    credentials,
    dag,
    decisions,
    deliveries,
    events,
    execution_views,
    executions,
    fleet,
    forks,
    graphs,
    grid,
    health,
    hooks,
    inbox,
    keys,
    migrations,
    node_types,
    notifications,
    overview,
    revisions,
    secrets,
    session,
    settings_schema,
    shadow,
    starts,
    step_reasons,
    step_values,
    steps,
    subscriptions,
    test_executions,
    triggers,
    versions,
    workflow_summaries,
    workflows,
)
from app.api.schemas.errors import EVERYWHERE, errors_of
from app.engine.definitions.registration import register_files
from app.hooks.cache import HookCache
from app.hooks.refusal_log import RefusalLog
from app.secrets.box import make_box
from app.storage.clock import clock
from app.storage.database import driver
from app.storage.rights import check_rights
from app.storage.schema import bring_up_to_date
from app.why.fields import RecentPaths
from app.why.past import PastTriggers

ROUTERS: Sequence[APIRouter] = [
    *(
        module.router
        for module in (
            *(graphs, grid, workflow_summaries, settings_schema, workflows, test_executions),
            *(decisions, events, triggers),
            *(overview, execution_views, bulk, executions, changes, causes, forks, migrations, fleet, inbox),
            *(approvals, approval_links, notifications, node_types, revisions, versions, backtests, subscriptions),
            *(dag, shadow, steps, step_reasons, step_values, secrets, credentials, hooks, health, session, keys, audit),
        )
    ),
    approval_links.pages,
    backtests.starts,
]

#: The path of the scripts and styles of ``/docs`` and ``/redoc``.
DOCS_FILES = "/docs/files"


def create_app(context: AppContext, *, on_start: Callable[[], None] = lambda: None) -> FastAPI:
    """The app; it connects to no server before it starts. ``on_start`` is called first then."""
    settings = context.settings
    app: FastAPI = FastAPIOffline(
        title=health.NAME,
        version=__version__,
        description="A workflow engine on Postgres and Celery that can say why.",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        # The API serves the files of /docs and /redoc itself, so that the pages work without internet.
        static_url=DOCS_FILES,
        redirect_slashes=False,
        responses=errors_of(*EVERYWHERE),
    )
    app.state.on_start = on_start
    add_state(app, context)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["ETag", "Link", "Idempotent-Replayed", "WWW-Authenticate", "Retry-After"],
    )
    app.add_middleware(HotPaths, owner=app)
    app.add_middleware(RequestGuard, hosts=settings.hosts, origins=settings.origins, is_local=settings.auth == "off")
    errors.install(app)
    for module in (events, deliveries, starts, approvals):
        module.install(app)
    add_routes(app, ROUTERS)
    openapi.install(app)
    studio.install(app)
    return app


def add_state(app: FastAPI, context: AppContext) -> None:
    """What requests share, in the app's state."""
    settings = context.settings
    app.state.context = context
    app.state.gate = Gate(settings, context.engine, context.sessions)
    app.state.intake = Intake(lambda: app.state.context)
    app.state.command_groups = CommandGroups(lambda: app.state.context)
    app.state.past = PastTriggers()
    app.state.recent_paths = RecentPaths()
    app.state.hooks = HookCache(context.engine, make_box(settings))
    app.state.refusals = RefusalLog(context.engine)
    app.state.probes = make_probes(
        context.engine, settings.database, context.broker_alive, worker_timeout=settings.worker_heartbeat_timeout
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Migrate the database and load the triggers at the start; close the connections at the end."""
    app.state.on_start()
    context: AppContext = app.state.context
    await run_in_threadpool(prepare, context)
    yield
    await run_in_threadpool(app.state.intake.close)
    await run_in_threadpool(app.state.command_groups.close)
    context.engine_context.publisher.flush()
    await run_in_threadpool(app.state.refusals.flush)
    app.state.probes.close()
    app.state.gate.close()
    context.engine.dispose()


def prepare(context: AppContext) -> None:
    bring_up_to_date(context.settings.database)
    check_rights(context.engine)
    clock.measure()
    register_files(context.sessions, context.registry, context.settings)
    with driver(context.engine) as connection, connection.cursor() as cursor:
        context.engine_context.triggers.refresh(cursor, stale=context.engine_context.triggers.current)

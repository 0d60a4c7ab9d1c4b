"""The HTTP door: assembles the app from the settings and the workers' side, and decides nothing."""

from __future__ import annotations

import logging

from app.api.app import create_app
from app.api.dependencies import AppContext
from app.engine import orchestrator
from app.engine.definitions.compiled import WorkflowCache
from app.storage.database import make_engine, make_sessions
from app.triggers.triggers import TriggerCache

logging.basicConfig(format="%(levelname)s: %(message)s")
logging.getLogger("app").setLevel(orchestrator.settings.level)

engine = make_engine(orchestrator.settings)

app = create_app(
    AppContext(
        settings=orchestrator.settings,
        engine=engine,
        sessions=make_sessions(engine),
        registry=orchestrator.registry,
        programs=WorkflowCache(orchestrator.registry),
        book=TriggerCache(),
        terms=orchestrator.TERMS,
        wake=orchestrator.wake_steps,
        match=orchestrator.match_events,
        broker_alive=orchestrator.broker_alive,
    )
)

"""The HTTP door: assembles the app from the settings and the workers' side, and decides nothing."""

from __future__ import annotations

import logging

from app.api.app import create_app
from app.api.dependencies import Parts
from app.engine import orchestrator
from app.engine.program import Programs
from app.storage.database import make_engine, make_sessions
from app.triggers.match import TriggerBook

logging.basicConfig(format="%(levelname)s: %(message)s")
logging.getLogger("app").setLevel(orchestrator.settings.level)

engine = make_engine(orchestrator.settings)

app = create_app(
    Parts(
        settings=orchestrator.settings,
        engine=engine,
        sessions=make_sessions(engine),
        registry=orchestrator.registry,
        programs=Programs(orchestrator.registry),
        book=TriggerBook(),
        terms=orchestrator.TERMS,
        wake=orchestrator.wake_steps,
        match=orchestrator.match_events,
        broker_alive=orchestrator.broker_alive,
    )
)

"""The ASGI app ``app.main:app``, which uvicorn serves."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace

from app.access.listening import describe_open_door, find_host, is_loopback
from app.api.app import create_app
from app.api.dependencies import AppContext
from app.engine.config import EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.orchestrator import config, registry, settings
from app.engine.process.broker import broker_alive, claim_queues
from app.engine.process.configuration import open_secrets
from app.engine.process.publishing import make_publisher
from app.engine.upkeep.broker_owner import BrokerOwner
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
from app.triggers.triggers import TriggerCache


def start() -> None:
    """Log our own messages from ``LOG_LEVEL`` on, and watch the owner of the queues; an import must do neither."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    logging.getLogger("app").setLevel(settings.level)
    BrokerOwner(engine, claim_queues).start()


host = find_host(sys.argv, os.environ)
if settings.auth == "off" and host and not is_loopback(host):
    sys.exit(f"Trigraph cannot start: {describe_open_door(host)}.")
engine = make_engine(settings)
engine_context = EngineContext(
    engine=engine,
    workflows=WorkflowCache(registry),
    triggers=TriggerCache(),
    publisher=make_publisher(),
    config=replace(config, secrets=open_secrets(engine)),
)

app = create_app(
    AppContext(
        settings=settings,
        engine_context=engine_context,
        sessions=make_sessions(engine),
        registry=registry,
        broker_alive=broker_alive,
    ),
    on_start=start,
)

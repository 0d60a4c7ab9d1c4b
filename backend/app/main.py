"""The ASGI app ``app.main:app``, which uvicorn serves."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace

from app.access.listening import describe_open_door, find_host, is_loopback
from app.api.app import create_app
from app.api.dependencies import AppContext
from app.engine import orchestrator
from app.engine.config import EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.upkeep.broker_owner import BrokerOwner
from app.engine.wakeups.publisher import Publisher
from app.storage.database import make_engine, make_sessions
from app.triggers.triggers import TriggerCache


def start() -> None:
    """Log our own messages from ``LOG_LEVEL`` on, and watch the owner of the queues; an import must do neither."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    logging.getLogger("app").setLevel(orchestrator.settings.level)
    BrokerOwner(engine, orchestrator.claim_queues).start()


host = find_host(sys.argv, os.environ)
if orchestrator.settings.auth == "off" and host and not is_loopback(host):
    sys.exit(f"Trigraph cannot start: {describe_open_door(host)}.")
engine = make_engine(orchestrator.settings)
engine_context = EngineContext(
    engine=engine,
    workflows=WorkflowCache(orchestrator.registry),
    triggers=TriggerCache(),
    publisher=Publisher(
        orchestrator.send, orchestrator.ask_to_match, orchestrator.ask_to_backtest, orchestrator.ask_to_deliver
    ),
    config=replace(orchestrator.config, secrets=orchestrator.open_secrets(engine)),
)

app = create_app(
    AppContext(
        settings=orchestrator.settings,
        engine_context=engine_context,
        sessions=make_sessions(engine),
        registry=orchestrator.registry,
        broker_alive=orchestrator.broker_alive,
    ),
    on_start=start,
)

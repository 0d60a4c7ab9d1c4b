"""The settings of this process, its node types, and the configuration of its engine."""

from __future__ import annotations

from functools import partial

from app.engine import handlers
from app.engine.config import EngineConfig, HandlerLimits
from app.engine.registry import discover
from app.engine.services.approval_links import make_approval_links
from app.engine.services.language_model import LanguageModel
from app.secrets.box import make_box
from app.secrets.cache import SecretCache
from app.settings import load_settings
from app.storage.clock import clock
from app.storage.database import ConnectionPool
from app.storage.stored_secrets import read_secrets

#: The queue of node types that have none of their own: Celery's default.
DEFAULT_QUEUE = "celery"

settings = load_settings()
registry = discover(handlers)
clock.follow(settings.database)

config = EngineConfig(
    limits=HandlerLimits(
        timeout=settings.handler_timeout,
        max_output_bytes=settings.max_output_bytes,
        max_collected_bytes=settings.max_collected_bytes,
    ),
    lease=settings.worker_heartbeat_timeout,
    grace=settings.wake_up_grace,
    max_worker_losses=settings.max_worker_losses,
    unknown_type_timeout=settings.unknown_type_timeout,
    max_descendants=settings.max_descendants,
    test_retention_days=settings.test_retention_days,
    # Well under the visibility timeout, so that the broker never delivers a delayed message twice.
    horizon=min(settings.delay_horizon, settings.redis_visibility_timeout / 2),
    channels=settings.channels,
    allow_private_addresses=settings.http_allow_private,
    own_services=settings.own_services,
    closed_places=settings.closed_places,
    default_queue=DEFAULT_QUEUE,
    queues={type: queue for type, queue in settings.queues.items() if queue != DEFAULT_QUEUE},
    language_model=LanguageModel(url=settings.llm_base_url, key=settings.llm_api_key, name=settings.llm_model),
    approval_links=make_approval_links(settings),
    simulates=settings.environment == "dev",
    secret_box=make_box(settings),
)


def open_secrets(engine: ConnectionPool) -> SecretCache:
    """The secrets of a process; they are read when the first step needs one."""
    return SecretCache(partial(read_secrets, engine), make_box(settings))

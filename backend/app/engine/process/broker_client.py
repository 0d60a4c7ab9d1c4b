"""The client with which this process publishes messages, and asks the broker; a worker's consumers are Celery's."""

from __future__ import annotations

from app.engine.process.broker_url import make_client
from app.engine.process.configuration import settings

#: Raises errors of ``redis.exceptions``.
client = make_client(settings.broker)


def key_of(name: str) -> str:
    """The key of a queue, or of another name, in Redis: kombu adds the same prefix."""
    return settings.redis_key_prefix + name

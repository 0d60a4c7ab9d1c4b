"""The client with which this process publishes messages, and asks the broker; a worker's consumers are Celery's."""

from __future__ import annotations

import os
from functools import cache

from redis import Redis

from app.engine.process.broker_url import make_client
from app.engine.process.configuration import settings


@cache
def client() -> Redis:
    """The client of this process; its commands raise errors of ``redis.exceptions``."""
    return make_client(settings.broker)


# A forked process makes its own: a thread that it does not have may hold a lock of that of its parent.
os.register_at_fork(after_in_child=client.cache_clear)


def key_of(name: str) -> str:
    """The key of a queue, or of another name, in Redis: kombu adds the same prefix."""
    return settings.redis_key_prefix + name

"""Prints the options of connections by URLs, as kombu and as this project has them, for ``test_broker_url``."""

import json
import sys
from typing import Any

from kombu.transport import redis as transport
from redis import ConnectionPool, Redis

from app.engine.orchestrator import celery_app
from app.engine.process.broker_url import make_client


class Unasked(Redis):
    """A client whose server needs not be there: kombu asks it before it tells its options."""

    def ping(self, **_: Any) -> bool:
        return True


class Channel(transport.Channel):
    def _get_client(self) -> type[Redis]:
        return Unasked


class Transport(transport.Transport):
    Channel = Channel


def describe(pool: ConnectionPool) -> dict[str, str]:
    """The options of a pool that are set, without those that it sets itself."""
    kept = {**pool.connection_kwargs, "class": pool.connection_class.__name__}
    if "credential_provider" in kept:
        kept["credential_provider"] = type(kept["credential_provider"]).__name__
    but = ("himport_registry", "maint_notifications_pool_handler", "decode_responses")
    return {name: repr(value) for name, value in kept.items() if value is not None and name not in but}


for url in sys.argv[1:]:
    theirs = Channel(Transport(client=celery_app.connection_for_write(url))).pool
    print(json.dumps([describe(theirs), describe(make_client(url).connection_pool)]))

"""What this process asks the broker: its health, how much of a queue is consumed, and whose the queues are."""

from __future__ import annotations

import json
import math

from app.engine.process.broker_client import client, key_of
from app.engine.process.configuration import DEFAULT_QUEUE
from app.engine.upkeep.broker_owner import OWNED_FOR
from app.engine.wakeups.cached_question import CachedQuestion
from app.engine.wakeups.message import PUBLISHED_AT
from app.storage.clock import clock

#: The hash in Redis, beside the queues, that names their owner.
QUEUES_OWNER = "trigraph.installation"
#: Seconds for which ``broker_alive`` waits for an answer.
PROBE_TIMEOUT = 2.0


def consumed_until(queue: str | None) -> float:
    """
    The time before which every message of a queue (None: the default one) was published that is consumed by now.

    Seconds since 1970 by Postgres' clock; minus infinity where the oldest message does not name its time. Raises what
    the broker's client raises.
    """
    now = clock.time()
    oldest = client().lindex(key_of(queue or DEFAULT_QUEUE), -1)
    if oldest is None:
        return now
    published_at = json.loads(oldest).get("headers", {}).get(PUBLISHED_AT)
    return float(published_at) if isinstance(published_at, (int, float)) else -math.inf


queues_consumed = CachedQuestion(consumed_until, name="queue-monitor")


def claim_queues(installation: str) -> str:
    """Claim the queues for an installation unless they have an owner; the owner. Raises what the client raises."""
    key = key_of(QUEUES_OWNER)
    owner = str(client().hget(key, "id") or installation)
    if owner == installation:
        client().hset(key, "id", installation)
        client().pexpire(key, int(OWNED_FOR * 1000))
    return owner


def _ping_broker(_: None) -> bool:
    return bool(client().ping())


_broker_probe = CachedQuestion(_ping_broker, name="broker-probe", max_age=0.2)


def broker_alive() -> bool:
    """True where the broker answers; waits ``PROBE_TIMEOUT`` seconds at most, with one question open at a time."""
    return _broker_probe.wait(None, PROBE_TIMEOUT) is True

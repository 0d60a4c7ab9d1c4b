"""A timekeeper for tests: without a worker process around it, and with a queue that is as the test says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.engine.config import EngineConfig
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from tests.scenarios.stack import Stack, worker_context

#: The queue is empty: whatever was published has left it. Or it still holds everything that was ever published.
EVERYTHING, NOTHING = 4e9, 0.0
#: Seconds: a server that started less than a lease ago ends none.
LEASE = 1.0


@contextmanager
def timekeeper(
    stack: Stack,
    sent: list[WakeUp],
    *,
    consumed: float = EVERYTHING,
    consumed_until: Callable[[str | None], float | None] | None = None,
    config: EngineConfig | None = None,
    interval: float = 60,
) -> Iterator[Timekeeper]:
    """A timekeeper whose wake-ups go to ``sent``; by default nothing is checked twice within a minute."""
    with stack.engine() as engine:
        publisher = Publisher(sent.extend)
        worker = worker_context(engine, publisher, config=config or EngineConfig(grace=60, lease=LEASE))
        yield Timekeeper(worker, consumed_until or (lambda queue: consumed), interval=interval, now=time.time)
        publisher.flush()

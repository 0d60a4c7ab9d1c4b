"""A silent server blocks one thread of the API, and no probe of another server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.api.probes import PROBE_TIMEOUT, Probe, WorkerCensus
from app.api.routes.health import describe_fleet


class SilentServer:
    """A server that answers when ``answers`` is set; ``asked`` counts the questions."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = threading.Event()

    def __call__(self) -> bool:
        self.asked += 1
        self.answers.wait(60)
        return True


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.answers.set()


def test_silent_server_is_asked_once(silent: SilentServer) -> None:
    probe = Probe("silent", silent)

    async def ask() -> list[Any]:
        return await asyncio.gather(*(probe.ask() for _ in range(20)))

    assert asyncio.run(ask()) == [None] * 20
    assert silent.asked == 1
    silent.answers.set()
    assert asyncio.run(probe.ask()) is True


def test_answer_is_asked_for_again_next_time() -> None:
    numbers = iter(range(5))
    probe = Probe("counting", lambda: next(numbers))

    assert [asyncio.run(probe.ask()) for _ in range(3)] == [0, 1, 2]


def test_probe_waits_less_than_a_typical_timeout_of_probes() -> None:
    assert PROBE_TIMEOUT < 5


@pytest.mark.parametrize(
    ("postgres", "workers", "pool", "broker", "status"),
    [
        (True, 2, True, True, "healthy"),
        (True, 0, True, True, "degraded"),
        (True, None, True, True, "degraded"),
        (True, 2, False, True, "degraded"),
        (True, 2, True, False, "degraded"),
        (False, None, False, True, "unhealthy"),
    ],
)
def test_fleet_is_as_healthy_as_its_parts(
    postgres: bool, workers: int | None, pool: bool, broker: bool, status: str
) -> None:
    health = describe_fleet(WorkerCensus(postgres=postgres, workers=workers), pool=pool, broker=broker)

    assert health.status == status
    assert health.services.redis == ("healthy" if broker else "unhealthy")

"""The server's clock: a process whose own clock is off knows Postgres' time."""

from __future__ import annotations

import time

import pytest

from app.scripts.stack.processes import wait_until
from app.storage.clock import ServerClock


@pytest.mark.parametrize("off", [-30.0, 30.0])
def test_own_clock_that_is_off_is_corrected(database_url: str, monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + off)
    clock = ServerClock(database_url)

    clock.measure()

    assert abs(clock.time() - real()) < 5


def test_now_measures_in_the_background(database_url: str) -> None:
    clock = ServerClock(database_url, offset=1000.0)

    clock.time()

    assert wait_until(lambda: abs(clock.time() - time.time()) < 500, seconds=20)


def test_without_postgres_it_is_the_own_clock() -> None:
    clock = ServerClock("postgresql://127.0.0.1:1/nowhere")

    assert abs(clock.time() - time.time()) < 60

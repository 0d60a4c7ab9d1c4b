"""Executions whose statements take too long: tried again, less and less often, and not for ever."""

from __future__ import annotations

import pytest

from app.engine.walk import retries as module
from app.engine.walk.retries import LONGEST_PAUSE, Retries


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


def test_pause_doubles_up_to_its_limit(clock: Clock) -> None:
    retries, pauses = Retries(), []

    for _ in range(15):
        assert retries.fail("e", most=3600)
        began = clock.now
        while "e" in retries.waiting():
            clock.now += 0.05
        pauses.append(clock.now - began)

    assert pauses == sorted(pauses)
    assert pauses[1] == pytest.approx(2 * pauses[0], abs=0.06)
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE, abs=0.06)


def test_execution_is_given_up_after_a_while(clock: Clock) -> None:
    retries = Retries()
    retries.fail("e", most=10)

    clock.now += 11

    assert not retries.fail("e", most=10)
    assert retries.fail("e", most=10)


def test_success_ends_the_pause(clock: Clock) -> None:
    retries = Retries()
    retries.fail("e", most=10)

    retries.succeed("e")

    assert not retries.waiting()
    assert len(retries) == 0

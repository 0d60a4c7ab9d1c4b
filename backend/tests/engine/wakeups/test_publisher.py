"""The publisher: what it keeps while the broker is away, and how often it tries."""

from __future__ import annotations

import threading

import pytest

from app.engine.wakeups import publisher as module
from app.engine.wakeups.message import LARGEST, WakeUp
from app.engine.wakeups.publisher import MAX_WAITING, Publisher, pause_after


class Broker:
    """Answers, refuses, or is silent until it is thawed."""

    def __init__(self) -> None:
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()
        self.attempts = 0
        self.wake_ups: list[WakeUp] = []

    def send(self, wake_ups: list[WakeUp]) -> None:
        self.attempts += 1
        self.answers.wait(30)
        if self.refuses:
            raise ConnectionError
        self.wake_ups += wake_ups


@pytest.fixture
def broker() -> Broker:
    return Broker()


def some(count: int) -> list[WakeUp]:
    return [WakeUp(str(number)) for number in range(count)]


def test_silent_broker_costs_bounded_memory(broker: Broker) -> None:
    publisher = Publisher(broker.send)
    broker.answers.clear()

    for _ in range(3):
        publisher.put(some(MAX_WAITING))

    assert len(publisher._waiting) <= MAX_WAITING
    broker.answers.set()
    publisher.flush(30)
    assert MAX_WAITING <= len(broker.wake_ups) <= 2 * MAX_WAITING


def test_failed_publish_drops_all_at_once(broker: Broker) -> None:
    publisher = Publisher(broker.send)
    broker.refuses = True

    for _ in range(100):
        publisher.put(some(100))
    publisher.flush()

    assert (broker.attempts, publisher._waiting, publisher.is_failing) == (1, [], True)


def test_broker_that_returns_is_used_again(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_AFTER", 0.0)
    publisher = Publisher(broker.send)
    broker.refuses = True
    publisher.put(some(1))
    publisher.flush()

    broker.refuses = False
    publisher.put(some(2))
    publisher.flush()

    assert (len(broker.wake_ups), publisher.is_failing) == (2, False)


def test_wake_ups_that_come_fast_wait_longer_for_others() -> None:
    assert pause_after(1) < pause_after(2) < pause_after(LARGEST) == pause_after(MAX_WAITING)

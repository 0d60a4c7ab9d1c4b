"""Calls that cannot be ended: they are named, and too many of them cost their process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.engine.attempts import stuck
from app.engine.attempts.stuck import StuckCalls
from app.engine.attempts.threads import HandlerThreads, Work
from app.engine.deadlines import Deadlines
from app.scripts.stack.processes import wait_until

LABEL = {"execution": "e1", "node": "a", "type": "slow"}


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck, "STUCK_AFTER", 0.1)
    monkeypatch.setattr(stuck, "CHECK_EVERY", 0.02)


def add_stuck(calls: StuckCalls, released: threading.Event, *, computes: bool = False) -> None:
    thread = threading.Thread(target=released.wait, daemon=True)
    thread.start()
    calls.add(thread, LABEL, computes=computes)


def test_call_that_goes_on_is_named(released: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    add_stuck(StuckCalls(lambda: None), released)

    assert wait_until(lambda: "the handler of slow goes on although its time was over" in caplog.text, seconds=20)
    (record,) = caplog.records
    assert LABEL.items() <= vars(record).items()


def test_too_many_stuck_calls_cost_their_process(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stuck, "MAX_STUCK", 2)
    replaced = threading.Event()
    calls = StuckCalls(replaced.set)

    add_stuck(calls, released)
    add_stuck(calls, released)
    assert wait_until(lambda: len(caplog.records) == 2, seconds=20)
    assert not replaced.is_set()
    add_stuck(calls, released)

    assert replaced.wait(20)


def test_one_stuck_call_that_computes_is_too_many(released: threading.Event) -> None:
    replaced = threading.Event()

    add_stuck(StuckCalls(replaced.set), released, computes=True)

    assert replaced.wait(20)


def test_handler_that_ends_late_is_not_stuck(released: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    ended, late = threading.Event(), threading.Event()
    threads = HandlerThreads(Deadlines(), ended.set)

    def spin() -> None:
        while True:
            late.wait(0.001)

    threads.start(Work(lambda: (spin, 0.05), lambda answer, error: late.set(), LABEL, computes=True))
    assert late.wait(20)
    add_stuck(StuckCalls(lambda: None), released)

    assert wait_until(lambda: len(caplog.records) == 1, seconds=20)
    assert not ended.is_set()

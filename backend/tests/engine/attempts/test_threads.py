"""Threads of plain handlers: side by side, and each within its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from app.engine.attempts.threads import HandlerThreads, Work
from app.engine.deadlines import CallTimeout, Deadlines
from app.scripts.stack.processes import wait_until


class Outcomes:
    """Collects what calls answer or raise."""

    def __init__(self) -> None:
        self._ended: SimpleQueue[Any] = SimpleQueue()

    def work(self, call: Callable[[], Any], *, seconds: float = 30) -> Work:
        return Work(lambda: (call, seconds), lambda answer, error: self._ended.put(answer if error is None else error))

    def next(self) -> Any:
        return self._ended.get(timeout=20)

    @property
    def is_empty(self) -> bool:
        return self._ended.empty()


@pytest.fixture
def threads() -> HandlerThreads:
    return HandlerThreads(Deadlines())


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()


def test_calls_run_side_by_side(threads: HandlerThreads, outcomes: Outcomes) -> None:
    both = threading.Barrier(2)

    for _ in range(2):
        threads.start(outcomes.work(lambda: both.wait(20) >= 0))

    assert [outcomes.next(), outcomes.next()] == [True, True]


def test_thread_runs_one_call_after_another(threads: HandlerThreads, outcomes: Outcomes) -> None:
    names = set()
    for _ in range(5):
        threads.start(outcomes.work(threading.get_ident))
        names.add(outcomes.next())
        assert wait_until(lambda: threads.idle == 1, seconds=20)

    assert len(names) == 1


def test_call_that_computes_for_too_long_is_stopped(threads: HandlerThreads, outcomes: Outcomes) -> None:
    stopped = threading.Event()

    def spin() -> None:
        try:
            while True:
                pass
        finally:
            stopped.set()

    threads.start(outcomes.work(spin, seconds=0.05))

    assert isinstance(outcomes.next(), CallTimeout)
    assert stopped.wait(20)


def test_late_answer_of_a_call_is_dropped(threads: HandlerThreads, outcomes: Outcomes) -> None:
    released = threading.Event()
    threads.start(outcomes.work(lambda: released.wait(20), seconds=0.05))
    assert isinstance(outcomes.next(), CallTimeout)

    released.set()
    threads.start(outcomes.work(lambda: "next"))

    assert outcomes.next() == "next"
    assert outcomes.is_empty


def test_shorter_time_limit_is_kept_beside_longer_ones(threads: HandlerThreads, outcomes: Outcomes) -> None:
    released = threading.Event()
    for _ in range(3):
        threads.start(outcomes.work(lambda: released.wait(20), seconds=60))
    began = time.monotonic()

    threads.start(outcomes.work(lambda: released.wait(20), seconds=0.05))

    assert isinstance(outcomes.next(), CallTimeout)
    assert time.monotonic() - began < 15
    released.set()
    assert [outcomes.next() for _ in range(3)] == [True, True, True]


def test_exit_ends_only_its_own_call(threads: HandlerThreads, outcomes: Outcomes) -> None:
    def leave() -> None:
        raise SystemExit(3)

    threads.start(outcomes.work(leave))
    assert isinstance(outcomes.next(), SystemExit)

    threads.start(outcomes.work(lambda: "next"))
    assert outcomes.next() == "next"

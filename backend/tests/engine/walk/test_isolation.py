"""A step that may have ended its process runs beside few others, or alone."""

from __future__ import annotations

import threading

import pytest

from app.engine.walk.isolation import Isolation, isolation_limit
from app.scripts.stack.processes import wait_until
from app.storage.rows import FoundStep
from app.storage.statuses import StepStatus


def lost(together: int, status: str = StepStatus.READY) -> FoundStep:
    return FoundStep("a", 1, 1, "", "x", status, "", 1, None, None, None, None, None, None, lost_together=together)


@pytest.mark.parametrize(
    ("together", "limit"), [(0, None), (1, 1), (2, 1), (8, 1), (15, 1), (16, 2), (300, 37), (37, 4)]
)
def test_steps_lost_together_run_in_smaller_groups(together: int, limit: int | None) -> None:
    assert isolation_limit(lost(together)) == limit


def test_only_ready_steps_are_isolated() -> None:
    assert isolation_limit(None) is None
    assert isolation_limit(lost(3, StepStatus.COMPLETED)) is None


class Walks:
    """Walks in threads of their own, each until it is told to end."""

    def __init__(self) -> None:
        self.isolation = Isolation()
        self.running: list[str] = []
        self._ends: dict[str, threading.Event] = {}

    def start(self, name: str, limit: int | None = None) -> None:
        """Start a walk; it has entered, or waits behind those that came before it."""
        end = self._ends[name] = threading.Event()

        def walk() -> None:
            self.isolation.enter(limit)
            self.running.append(name)
            end.wait(20)
            self.running.remove(name)
            self.isolation.leave(limit)

        before = self._count()
        threading.Thread(target=walk, daemon=True).start()
        assert wait_until(lambda: self._count() > before, seconds=20)

    def _count(self) -> int:
        return len(self.isolation._waiting) + self.isolation._walks

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    def expect(self, *names: str) -> None:
        assert wait_until(lambda: sorted(self.running) == sorted(names), seconds=20), self.running


def test_suspect_waits_until_it_is_alone_and_others_wait_for_it() -> None:
    walks = Walks()
    walks.start("a")
    walks.start("b")
    walks.start("suspect", 1)
    walks.start("c")
    walks.expect("a", "b")

    walks.end("a")
    walks.expect("b")
    walks.end("b")
    walks.expect("suspect")
    walks.end("suspect")
    walks.expect("c")
    walks.end("c")
    walks.expect()


def test_limit_counts_all_walks_of_the_process() -> None:
    walks = Walks()
    for number in range(5):
        walks.start(f"suspect {number}", 3)
    walks.start("other")
    walks.expect("suspect 0", "suspect 1", "suspect 2")

    walks.end("suspect 0", "suspect 1")

    walks.expect("suspect 2", "suspect 3", "suspect 4")
    walks.end("suspect 2", "suspect 3", "suspect 4")
    walks.expect("other")
    walks.end("other")


def test_walks_without_limit_do_not_wait() -> None:
    walks = Walks()
    names = [f"walk {number}" for number in range(50)]

    for name in names:
        walks.start(name)

    walks.expect(*names)
    walks.end(*names)

"""Keys that failed are left alone for longer each time."""

from __future__ import annotations

from app.engine.upkeep.backoff import MAX_PAUSE, Backoff


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pause_doubles_up_to_a_limit() -> None:
    backoff = Backoff(Clock())

    pauses = [backoff.fail("a") for _ in range(12)]

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == MAX_PAUSE


def test_key_is_paused_until_its_time() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    backoff.fail("a")
    backoff.fail("b")
    backoff.fail("b")

    clock.now = 1.5

    assert backoff.paused() == ["b"]


def test_success_forgets_the_failures() -> None:
    backoff = Backoff(Clock())
    backoff.fail("a")
    backoff.succeed("a")

    assert (backoff.paused(), backoff.fail("a")) == ([], 1)


def test_keys_are_forgotten_in_the_end() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    for number in range(1000):
        backoff.fail(str(number))

    clock.now = 10_000
    backoff.paused()

    assert backoff._failures == {}

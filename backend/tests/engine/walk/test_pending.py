"""The wake-ups that a process has at hand."""

from __future__ import annotations

from app.engine.wakeups.message import WakeUp
from app.engine.walk.news import Look
from app.engine.walk.pending import WAKE_UPS_AT_ONCE, Pending


def looks(id: str, count: int) -> list[Look]:
    return [Look(WakeUp(id, f"n{number}", 1)) for number in range(count)]


def test_small_execution_is_not_behind_all_of_a_big_one() -> None:
    pending = Pending()
    pending.add(looks("big", 3 * WAKE_UPS_AT_ONCE))
    pending.add(looks("small", 1))

    taken = [pending.take(1) for _ in range(3)]

    assert [each[0].wake_up.execution_id for each in taken] == ["big", "small", "big"]
    assert len(pending) == 1


def test_only_old_wake_ups_are_given_back() -> None:
    pending = Pending()
    pending.add(looks("a", 2))

    assert pending.take_old(60) == []
    assert pending.take_old(-1) == looks("a", 2)
    assert "a" not in pending

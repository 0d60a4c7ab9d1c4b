"""Wake-ups for which there was no room: kept for a moment, and a few at a time where steps compute."""

from __future__ import annotations

from time import monotonic

import pytest

from app.engine.wakeups.message import WakeUp
from app.engine.walk import left
from app.engine.walk.left import COMPUTING_AT_ONCE, Left
from app.engine.walk.news import Look

PLAIN = [Look(WakeUp(f"plain {number}")) for number in range(3)]
COMPUTING = [Look(WakeUp(f"computing {number}"), computes=True) for number in range(10)]


@pytest.fixture
def kept() -> Left:
    kept = Left()
    kept.add([*COMPUTING, *PLAIN])
    return kept


def test_steps_that_compute_hold_up_no_others(kept: Left) -> None:
    assert kept.count_apart(()) == len(PLAIN)


def test_few_that_compute_are_tried_for_one_place(kept: Left) -> None:
    assert kept.take(lambda look: look.computes) == COMPUTING[:COMPUTING_AT_ONCE]
    assert kept.take(lambda look: not look.computes) == PLAIN


def test_others_get_few_that_compute_at_a_time(kept: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    later = monotonic() + 10
    monkeypatch.setattr(left, "monotonic", lambda: later)

    first = kept.take_old(["plain 0", "computing 0"])
    at_once = kept.take_old(["plain 0"])

    assert first == [*PLAIN[1:], *COMPUTING[:COMPUTING_AT_ONCE]]
    assert at_once == []

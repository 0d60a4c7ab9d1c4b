"""Wake-ups for which a process has no time: it gives them away, and takes fewer messages until it keeps up."""

from __future__ import annotations

import pytest

from app.engine.wakeups.message import WakeUp
from app.engine.walk import postponed as module
from app.engine.walk.news import Look
from app.engine.walk.postponed import MAX_PENDING, Postponed

LOOKS = [Look(WakeUp(f"execution {number}")) for number in range(5)]


def test_wake_ups_are_kept_at_first() -> None:
    postponed = Postponed()
    postponed.add(LOOKS)

    assert postponed.take_surplus() == []
    assert not postponed.is_behind
    assert postponed.take_all() == LOOKS


def test_wake_ups_are_given_away_while_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP_FOR", 0.0)
    postponed = Postponed()
    postponed.add(LOOKS)
    postponed.take_surplus()

    assert postponed.take_surplus() == LOOKS[1:]
    assert postponed.is_behind
    assert postponed.take_all() == LOOKS[:1]


def test_fewer_messages_are_taken_until_it_keeps_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP_FOR", 0.0)
    postponed = Postponed()
    postponed.add(LOOKS)
    for _ in range(9):
        postponed.take_surplus()
    least = postponed.most_pending

    postponed.take_all()
    for _ in range(9):
        postponed.take_surplus()

    assert (least, postponed.most_pending, postponed.is_behind) == (1, MAX_PENDING, False)

"""Pauses between attempts grow, and together last about a day."""

from __future__ import annotations

from app.engine.deliveries.retries import FIRST_PAUSE, JITTER, LONGEST_PAUSE, MAX_ATTEMPTS, pause_after


def test_pauses_grow_to_about_a_day() -> None:
    pauses = [pause_after(attempt, 0.5) or 0 for attempt in range(1, MAX_ATTEMPTS)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    assert 20 * 3600 < sum(pauses) < 26 * 3600


def test_last_attempt_has_no_next_one() -> None:
    assert pause_after(MAX_ATTEMPTS, 0.5) is None


def test_chance_spreads_a_pause() -> None:
    assert pause_after(1, 0.0) == FIRST_PAUSE * (1 - JITTER)
    assert pause_after(1, 1.0) == FIRST_PAUSE * (1 + JITTER)

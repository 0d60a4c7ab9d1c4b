"""The deadlines of a process go on where a call is stopped while it is added to them or removed."""

from __future__ import annotations

import pytest

from app.engine.deadlines import CallLimit, CallTimeout, Deadlines, call_within
from tests.stop_after import stop_everywhere


def test_call_that_is_stopped_leaves_no_lock() -> None:
    deadlines, limit = Deadlines(), CallLimit(1000)

    def note() -> None:
        deadlines.add(limit)
        deadlines.remove(limit)

    def check() -> None:
        assert call_within(deadlines, 1000, lambda: 1) == 1

    note()
    assert stop_everywhere(note, check) >= 3
    with pytest.raises(CallTimeout):
        call_within(deadlines, 0.001, lambda: sum(1 for _ in iter(int, 1)))

"""A step that may have ended its process runs beside few others, or alone."""

from __future__ import annotations

import pytest

from app.engine.walk.isolation import isolation_limit
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

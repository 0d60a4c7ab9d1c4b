"""Isolation: how many handlers of a process run beside a step that may have ended its process before."""

from __future__ import annotations

from app.storage.rows import FoundStep
from app.storage.statuses import StepStatus

#: Of the steps that were lost together, the part that shares a process the next time: 300, 37, 4, 1.
NARROWING = 8


def isolation_limit(step: FoundStep | None) -> int | None:
    """
    How many handlers may run in the process of this step, its own included; None: any number.

    One of the steps that were lost together may have ended their process. They run again in smaller and smaller groups,
    so that after a few losses the guilty one runs alone; only a loss of a step that runs alone counts for ``poisoned``.
    """
    if step is None or step.status != StepStatus.READY or not step.lost_together:
        return None
    return max(1, step.lost_together // NARROWING)

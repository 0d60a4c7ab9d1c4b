"""Rows of steps, as they are read and as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: ``resume`` of a step that runs, and was asked to resume before it was known to wait.
RESUMED_EARLY = "resumed"


@dataclass(frozen=True)
class FoundStep:
    """A step as stored."""

    node_id: str
    visit: int
    attempt: int
    id: str
    type: str
    status: str
    scope: str
    claim: int
    branch: str | None
    resume: str | None
    compensates: str | None
    output: Any
    started_at: datetime | None
    #: Seconds until it is due, negative where that has passed; None: nothing was set.
    due_in: float | None
    #: True where a timekeeper has woken it: an earlier wake-up had no effect, or its time has come.
    woken: bool = False
    #: Processes that were lost while they ran it alone.
    losses: int = 0
    #: How many steps were lost with the process that ran it last, this one included; 0: it was not lost.
    lost_together: int = 0
    #: The claim whose worker was lost before it had recorded a result.
    lost_claim: int | None = None
    #: The process of the newest claim.
    claimed_by: str | None = None

    @property
    def was_lost(self) -> bool:
        return self.losses > 0 or self.lost_together > 0

    @property
    def outcome_is_unknown(self) -> bool:
        """True where the worker of the newest claim was lost, and it is not known how far the handler came."""
        return self.lost_claim == self.claim


@dataclass
class StepRow:
    """A step about to be written; times ahead are seconds from now, by Postgres' clock."""

    node_id: str
    visit: int
    attempt: int
    id: str
    type: str
    status: str
    scope: str = ""
    claim: int = 0
    #: The process that claims it with this; None: it is not claimed now.
    claimed_by: str | None = None
    branch: str | None = None
    resume: str | None = None
    is_last: bool = False
    compensates: str | None = None
    #: JSON text.
    output: str | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Seconds until a waiting step is due.
    due_in: float | None = None
    #: When these seconds began, by the monotonic clock of this process; None: they begin when the row is written.
    due_since: float | None = None
    #: The moment at which it is due, where one was given: ``check_in`` counts from it, and ``due_in`` is not used.
    due_at: datetime | None = None
    check_in: float | None = None
    #: True where the row exists and is changed.
    stored: bool = False

    def as_change(self) -> StepRow:
        """Return this row as one that exists and is changed; a fraction of the time that ``replace`` takes."""
        row = object.__new__(StepRow)
        row.__dict__.update(self.__dict__, stored=True)
        return row

"""Bodies and responses of backtests, and of events that are started afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr, field_validator, model_validator

from app.api.schemas.common import EVENT, EXECUTION, WORKFLOW, Moment, RevisionNumber, documented
from app.storage.backtests.work import BacktestStatus
from app.why.backtest.firing import parse_pace

BACKTEST = "0199c1f4-12cd-7f3a-9b1e-7a6c5d4e3f21"
_RULE = {">": [{"var": "lead.score"}, 60]}
#: The sets of a backtest.
SetName = Literal["new", "lost", "same", "error", "near"]


class BacktestBody(BaseModel):
    """A rule, and the events on which it is tried."""

    model_config = documented(
        {
            "rule": _RULE,
            "workflow_id": WORKFLOW,
            "compare_to": "current",
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-02-01T00:00:00Z",
        },
        extra="forbid",
        populate_by_name=True,
    )

    rule: Any = Field(description="JSONLogic over the event, as in the trigger of a workflow.")
    workflow_id: StrictStr | None = Field(None, description="The workflow whose trigger it may become.")
    compare_to: Literal["current"] | RevisionNumber | None = Field(
        None,
        description="The trigger of the workflow as it is now, or as it was at this revision; null: every match is new."
        " If it is left out, `current` with a workflow_id, else null.",
    )
    start: Moment = Field(alias="from", description="The first moment of receipt.")
    end: Moment | None = Field(
        None, alias="to", description="The moment before which events were received; if it is left out, now."
    )

    @model_validator(mode="after")
    def _compares_with_workflow(self) -> BacktestBody:
        if self.compare_to is not None and self.workflow_id is None:
            raise ValueError("compare_to needs workflow_id, the workflow whose trigger the rule is compared with")
        if self.start.year < 1970:
            raise ValueError("from must not be before 1970")
        if self.end is not None and self.start >= self.end:
            raise ValueError("from must be before to")
        return self

    @property
    def baseline(self) -> Literal["current"] | int | None:
        """What the rule is compared with, with the default of a body that does not say."""
        if "compare_to" not in self.model_fields_set and self.workflow_id is not None:
            return "current"
        return self.compare_to


class ProgressRead(BaseModel):
    """Events that were evaluated, and those that there are."""

    done: int
    total: int


class CountsRead(BaseModel):
    """Events by set. An event may be near, and lost as well."""

    #: Matched by the rule, and not by the one that it is compared with.
    new: int
    #: The other way round.
    lost: int
    #: Matched by both.
    same: int
    #: On which the rule was stopped.
    error: int
    #: Not matched, but exactly one clause fails, and at least one other holds.
    near: int


class BucketRead(BaseModel):
    """Counts of a part of the time."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    new: int
    lost: int
    same: int


class ClauseCountsRead(BaseModel):
    """What one clause of the rule decided."""

    pointer: str = Field(description="A JSON Pointer into the rule.")
    words: str
    passed: int = Field(description="Events for which the clause is true.")
    failed_alone: int = Field(description="Events that do not match because of this clause alone.")
    never_true: bool


class WouldStartRead(BaseModel):
    """What the matches would have started."""

    matches: int
    would_start: int | None = Field(description="After debounce, batch and rate_limit; null until it is complete.")


class PerExecutionRead(BaseModel):
    """Medians of the newest completed executions of the workflow."""

    executions: int
    steps: int
    effects: int = Field(description="Steps with an effect outside of Trigraph.")
    tokens: int = Field(0, description="Tokens that steps of type llm report as used.")


class BacktestRead(BaseModel):
    """A backtest: how far it is, and what was counted so far."""

    model_config = documented(
        {
            "id": BACKTEST,
            "status": "COMPLETED",
            "rule": _RULE,
            "workflow_id": WORKFLOW,
            "compare_to": "current",
            "compared_revision": 17,
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-02-01T00:00:00Z",
            "progress": {"done": 41200, "total": 41200},
            "counts": {"new": 128, "lost": 0, "same": 950, "error": 0, "near": 310},
            "buckets": [
                {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T12:24:00Z", "new": 2, "lost": 0, "same": 11}
            ],
            "clauses": [
                {
                    "pointer": "",
                    "words": "`lead.score` > 60",
                    "passed": 1078,
                    "failed_alone": 40122,
                    "never_true": False,
                }
            ],
            "executions": {"matches": 1078, "would_start": 1078},
            "lost_executions": {},
            "per_execution": {"executions": 950, "steps": 6, "effects": 3, "tokens": 1200},
            "error": None,
            "created_at": "2026-02-01T09:00:00Z",
            "finished_at": "2026-02-01T09:00:02Z",
        }
    )

    id: str
    status: BacktestStatus
    rule: Any
    workflow_id: str | None
    compare_to: Literal["current"] | int | None
    #: The revision of the workflow that the rule is compared with.
    compared_revision: int | None
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    progress: ProgressRead
    counts: CountsRead
    buckets: list[BucketRead] = Field(description="At most 60 parts of the time; those without events are left out.")
    clauses: list[ClauseCountsRead] = Field(description="Of a rule with more than 60 clauses, none.")
    executions: WouldStartRead
    #: The executions of the lost events, by their status.
    lost_executions: dict[str, int]
    #: null without a workflow, or without completed executions.
    per_execution: PerExecutionRead | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class BacktestDeleted(BaseModel):
    model_config = documented({"status": "deleted"})

    status: str = "deleted"


class FireBody(BaseModel):
    """Which events of a backtest are given to its workflow."""

    model_config = documented({"set": "new", "limit": 100, "pace": "10/s", "dry_run": True}, extra="forbid")

    set: SetName = "new"
    limit: Annotated[StrictInt, Field(ge=1, le=1000)] = 100
    pace: StrictStr | None = Field(None, description="Starts in a time, such as 10/s or 30/m; null: all at once.")
    dry_run: StrictBool = Field(True, description="True: nothing is started.")

    @field_validator("pace")
    @classmethod
    def _is_pace(cls, value: str | None) -> str | None:
        parse_pace(value)
        return value


class FiredRead(BaseModel):
    """What became of an event that was given to a workflow."""

    event_id: str
    #: The execution; null if it was dropped or gathered, or in a dry run.
    id: str | None
    #: queued, dropped, replacing or gathered; null: it starts at once.
    outcome: str | None
    message: str | None


class FireError(BaseModel):
    event_id: str
    message: str


_FIRED = {"event_id": EVENT, "id": EXECUTION, "outcome": None, "message": None}


class FireRead(BaseModel):
    """What was started, or, in a dry run, would be."""

    model_config = documented({"started": 1, "skipped": 0, "executions": [_FIRED], "errors": []})

    #: Only if it was not a dry run.
    started: int | None = None
    #: Only in a dry run.
    would_start: int | None = None
    #: Events that were left out, because the workflow was given them before.
    skipped: int
    executions: list[FiredRead]
    errors: list[FireError]


class StartBody(BaseModel):
    model_config = documented({"workflow_id": WORKFLOW}, extra="forbid")

    workflow_id: StrictStr


class StartedEventRead(FiredRead):
    """An event that was given to a workflow."""

    model_config = documented({**_FIRED, "workflow_id": WORKFLOW})

    workflow_id: str

"""Responses about the decisions of workflows on events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import EVENT, EXECUTION, WORKFLOW, documented
from app.api.schemas.why import ClauseRead, FlipRead, UnseenRead, WhyNoteRead
from app.why.decisions.answers import DecisionKind

_WORDS = "`lead.score` was 70 and the trigger asks for more than 75"


class EventDecisionRead(BaseModel):
    """What one workflow made of an event."""

    model_config = documented(
        {
            "workflow_id": WORKFLOW,
            "name": "Lead routing",
            "version": 2,
            "revision": 17,
            "decision": "not_matched",
            "message": None,
            "execution_id": None,
            "first_failing": "/and/1",
            "first_failing_words": _WORDS,
            "failing": 1,
            "near": True,
        }
    )

    workflow_id: str
    name: str
    version: int
    #: The save that brought the trigger which the event met.
    revision: int
    decision: DecisionKind
    #: Of an error, or of an execution that did not start at once: why.
    message: str | None
    execution_id: str | None
    first_failing: str | None = Field(description="A JSON Pointer into the trigger; null where none fails.")
    first_failing_words: str | None
    failing: int | None = Field(
        description="Clauses that fail; null if it matched, or was not measured for lack of time."
    )
    near: bool = Field(description="True if exactly one clause fails and at least one other holds.")


class DecidedWorkflow(BaseModel):
    id: str
    name: str
    version: int
    #: The save that brought this trigger.
    revision: int


class DecidedEventRead(BaseModel):
    id: str
    received_at: datetime
    #: The revision of all triggers that it met; null: it came before revisions were kept.
    revision: int | None


class WindowRead(BaseModel):
    """A window in which the event waits with others."""

    events: int
    closes_at: datetime


class RetroRead(BaseModel):
    """The event was given to the workflow afterwards."""

    event_id: str
    #: The backtest that found it; null: it was started alone.
    backtest_id: str | None
    execution_id: str | None
    #: queued, dropped, replacing or gathered; null: it started at once.
    outcome: str | None
    at: datetime


class EventExplanationRead(BaseModel):
    """What one workflow made of an event, and what would have had to be different."""

    model_config = documented(
        {
            "decision": "not_matched",
            "sentence": f"It did not start because {_WORDS}.",
            "workflow": {"id": WORKFLOW, "name": "Lead routing", "version": 2, "revision": 17},
            "event": {"id": EVENT, "received_at": "2026-01-31T09:30:00.112Z", "revision": 18},
            "execution_id": None,
            "execution_status": None,
            "window": None,
            "retro": None,
            "first_failing": "",
            "first_failing_words": _WORDS,
            "failing": 1,
            "near": False,
            "tree": {
                "pointer": "",
                "op": ">",
                "words": _WORDS,
                "value": False,
                "truthy": False,
                "evaluated": True,
                "args": [{"literal": 75}],
            },
            "truncated": False,
            "flips": [],
            "flips_complete": True,
            "unseen": [],
            "notes": [],
        }
    )

    decision: DecisionKind | Literal["matched"] = Field(
        description="matched is what another revision than the event's would have decided."
    )
    sentence: str
    workflow: DecidedWorkflow | None = Field(description="null: it did not exist yet, or its past is not known.")
    event: DecidedEventRead
    execution_id: str | None
    execution_status: str | None
    window: WindowRead | None
    retro: RetroRead | None
    first_failing: str | None = None
    first_failing_words: str | None = None
    failing: int | None = None
    near: bool = False
    tree: ClauseRead | None = Field(None, description="null if there is no trigger to evaluate.")
    truncated: bool = False
    flips: list[FlipRead]
    flips_complete: bool = True
    unseen: list[UnseenRead]
    notes: list[WhyNoteRead]


class FieldRead(BaseModel):
    """A path that recent events have."""

    model_config = documented(
        {
            "path": "lead.score",
            "types": {"number": 98, "string": 2},
            "events": 100,
            "seen": 0.97,
            "examples": [90, 70, "n/a"],
            "min": 12,
            "max": 99,
        }
    )

    path: str = Field(description="As a rule names it; `[]` stands for any element of a list.")
    types: dict[str, int] = Field(description="Values by their type, for example number.")
    events: int = Field(description="Events of the sample that have the path.")
    seen: float = Field(description="The part of the sample that has it, from 0 to 1.")
    examples: list[Any]
    min: Any = Field(description="The least number, or the least text if there are no numbers.")
    max: Any


class NearestRead(BaseModel):
    """A workflow that an event nearly started."""

    workflow_id: str
    workflow_name: str
    first_failing: str
    first_failing_words: str


class OutcomeRead(BaseModel):
    """What became of an event in a workflow that it matched."""

    workflow_id: str
    decision: DecisionKind
    sentence: str
    execution_id: str | None
    execution_status: str | None
    window: WindowRead | None


EXAMPLE_OUTCOME = {
    "workflow_id": WORKFLOW,
    "decision": "gathered",
    "sentence": f"It started execution {EXECUTION} together with 2 other events.",
    "execution_id": EXECUTION,
    "execution_status": "RUNNING",
    "window": None,
}

"""Responses that explain steps."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, STEP, documented
from app.api.schemas.why import ClauseRead

_SENTENCE = "`lead.score` was 70 and the case asks for more than 75"
_TREE = {
    "pointer": "",
    "op": ">",
    "words": _SENTENCE,
    "value": False,
    "truthy": False,
    "evaluated": True,
    "args": [{"literal": 70}, {"literal": 75}],
}


class StepCaseRead(BaseModel):
    """A case of a branch, with its condition clause by clause; null for an else."""

    label: str
    taken: bool
    decision: Literal["matched", "not_matched", "error"] | None = None
    words: str | None = Field(None, description="The first clause that fails.")
    tree: ClauseRead | None


class StepJoinRead(BaseModel):
    """The nodes that the edges into a join come from: those that were taken, skipped, or have yet to be settled."""

    needed: int
    arrived: list[str]
    skipped: list[str]
    missing: list[str]


class StepExplanationRead(BaseModel):
    """Why a step went the way that it did."""

    model_config = documented(
        {
            "step_id": STEP,
            "execution_id": EXECUTION,
            "node_id": "route",
            "status": "COMPLETED",
            "sentence": "*route* took case else, because no case above it holds.",
            "cases": [
                {"label": "hot", "taken": False, "decision": "not_matched", "words": _SENTENCE, "tree": _TREE},
                {"label": "else", "taken": True, "decision": None, "words": None, "tree": None},
            ],
        }
    )

    step_id: str
    execution_id: str
    node_id: str
    status: str
    sentence: str
    cases: list[StepCaseRead] | None = None
    join: StepJoinRead | None = None
    event_id: str | None = Field(None, description="The event that ended a wait.")
    tree: ClauseRead | None = Field(None, description="The condition of a wait, for that event.")
    caused_by: str | None = Field(None, description="Of a skipped step: the step whose choice led to it.")

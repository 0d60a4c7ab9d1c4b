"""Bodies and responses that say why: explanations, their clauses, flips and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictStr, model_validator

from app.api.schemas.common import RevisionNumber, documented
from app.why.notes.note import NoteCode

#: Events that one request explains.
MAX_EVENTS = 50

_RULE = {">": [{"var": "lead.score"}, 75]}
_SENTENCE = "`lead.score` was 70 and the trigger asks for more than 75"
_TREE = {
    "pointer": "",
    "op": ">",
    "words": _SENTENCE,
    "value": False,
    "truthy": False,
    "evaluated": True,
    "args": [
        {
            "pointer": "/>/0",
            "op": "var",
            "words": "`lead.score` was 70",
            "value": 70,
            "truthy": True,
            "evaluated": True,
            "path": "lead.score",
            "found": True,
            "args": [{"literal": "lead.score"}],
        },
        {"literal": 75},
    ],
}
_DECISION = {
    "decision": "not_matched",
    "sentence": f"It did not start because {_SENTENCE}.",
    "first_failing": "",
    "first_failing_words": _SENTENCE,
    "failing": 1,
    "near": False,
    "tree": _TREE,
    "truncated": False,
}


class ExplainBody(BaseModel):
    """A rule, and what it is tried on: exactly one of ``event``, ``event_id`` and ``events``."""

    model_config = documented({"rule": _RULE, "event": {"lead": {"score": 70}}}, extra="forbid")

    rule: Any = Field(description="JSONLogic over the event, as in the trigger of a workflow.")
    event: dict[str, Any] | None = Field(None, description="The payload of an event; `$event` in it is its metadata.")
    event_id: StrictStr | None = Field(None, description="An event that was received.")
    events: Annotated[list[dict[str, Any]], Field(max_length=MAX_EVENTS)] | None = Field(
        None, description="Payloads; the answer is a list in the same order."
    )
    compare_to: Literal["current"] | RevisionNumber | None = Field(
        None, description="The trigger of `workflow_id` as it is now, or as it was at this revision: see `compared`."
    )
    workflow_id: StrictStr | None = Field(None, description="The workflow whose trigger the rule is compared with.")
    flip: Literal["yes", "no"] = Field(
        "yes", description="The answer that flips give: yes turns a no into a yes, no a yes into a no."
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> ExplainBody:
        given = [name for name in ("event", "event_id", "events") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none of them"
            raise ValueError(f"give exactly one of event, event_id and events; the body has {found}")
        return self

    @model_validator(mode="after")
    def _compares_with_workflow(self) -> ExplainBody:
        if self.compare_to is not None and self.workflow_id is None:
            raise ValueError("compare_to needs workflow_id, the workflow whose trigger the rule is compared with")
        if self.workflow_id is not None and self.compare_to is None:
            raise ValueError("workflow_id needs compare_to: current, or a revision of the workflow")
        return self


class LiteralRead(BaseModel):
    """A constant in a rule."""

    literal: Any
    #: True if parts of it are left out because it is long.
    value_cut: bool | None = None


class ItemRead(BaseModel):
    """An element that a loop visited, and the loop's body for it."""

    index: int
    value: Any
    clause: ClauseRead
    value_cut: bool | None = None


class MoreItems(BaseModel):
    """Elements that are not shown, and for how many of those that were visited the body was true."""

    items: int
    true: int


class ClauseRead(BaseModel):
    """One part of a rule with the value that it had."""

    pointer: str = Field(description="A JSON Pointer into the rule.")
    op: str = Field(description="The operator; `literal` for a constant.")
    words: str
    value: Any = Field(description="null for a clause that was skipped.")
    truthy: bool = Field(description="Of a clause that was skipped: whether it would be.")
    evaluated: bool = Field(description="False if the evaluation skipped it.")
    would_be: Any = Field(None, description="The value that a skipped clause would have had.")
    value_cut: bool | None = Field(None, description="True if parts of the value are left out because it is long.")
    path: str | None = Field(None, description="The path that a `var` reads; null if it is computed.")
    found: bool | None = Field(None, description="False if the event does not have the path.")
    error: str | None = Field(None, description="Why the evaluation of this clause was stopped.")
    args: list[ClauseRead | LiteralRead]
    items: list[ItemRead] | None = None
    more: MoreItems | None = None
    truncated: bool | None = Field(None, description="True if what is inside is left out.")


class ChangeRead(BaseModel):
    """A value that is replaced; without `from` it is added, without `to` removed."""

    pointer: str = Field(description="A JSON Pointer into the event, or into the rule.")
    path: str | None = Field(None, description="In an event: the path of the value.")
    before: Any = Field(None, alias="from")
    after: Any = Field(None, alias="to")
    words: str


class FlipRead(BaseModel):
    """Changes that turn the answer together."""

    target: Literal["event", "trigger"]
    changes: list[ChangeRead]
    #: The changes were applied, and the rule evaluated again.
    checked: Literal[True]


class UnseenRead(BaseModel):
    """A clause that no value can be computed for, such as a sum over a list."""

    pointer: str
    message: str


class WhyNoteRead(BaseModel):
    """A probable mistake in the rule or the event."""

    code: NoteCode
    pointer: str = Field(description="A JSON Pointer to the clause.")
    path: str | None
    message: str
    suggestion: Any = Field(None, description="The path or the value that was probably meant.")


class DecisionRead(BaseModel):
    """What a rule decides on an event, clause by clause."""

    model_config = documented(_DECISION)

    decision: Literal["matched", "not_matched", "error"]
    sentence: str
    first_failing: str | None = Field(description="A JSON Pointer to the first clause that fails.")
    first_failing_words: str | None
    failing: int = Field(description="Clauses that fail; those that were skipped by what they would be.")
    near: bool = Field(description="True if exactly one clause fails and at least one other holds.")
    tree: ClauseRead
    truncated: bool = Field(description="True if parts of the tree are left out.")


class ComparedRead(DecisionRead):
    """What the trigger of the workflow decides on the same event."""

    revision: Literal["current"] | int


class ExplainedWorkflow(BaseModel):
    id: str
    name: str
    version: int
    revision: int | None = None


class ExplainedEvent(BaseModel):
    id: str
    received_at: datetime


class ExplanationRead(DecisionRead):
    """Why a rule decided as it did, and what would turn it."""

    model_config = documented(
        {
            "workflow": None,
            "event": None,
            **_DECISION,
            "flips": [
                {
                    "target": "event",
                    "changes": [
                        {
                            "pointer": "/lead/score",
                            "path": "lead.score",
                            "from": 70,
                            "to": 76,
                            "words": "change `lead.score` from 70 to 76",
                        }
                    ],
                    "checked": True,
                },
                {
                    "target": "trigger",
                    "changes": [{"pointer": "/>/1", "from": 75, "to": 69, "words": "move the bound from 75 to 69"}],
                    "checked": True,
                },
            ],
            "flips_complete": True,
            "unseen": [],
            "notes": [],
        }
    )

    workflow: ExplainedWorkflow | None = None
    event: ExplainedEvent | None = None
    flips: list[FlipRead] = Field(description="The smallest changes that turn the answer, fewest first; at most five.")
    flips_complete: bool = Field(description="False if the time was up before all were looked for.")
    unseen: list[UnseenRead]
    notes: list[WhyNoteRead]
    compared: ComparedRead | None = None

"""Bodies and responses of approvals."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictStr, model_validator

from app.api.schemas.common import APPROVAL, EXECUTION, WORKFLOW, documented, storable
from app.storage.statuses import ApprovalKind, ApprovalStatus

#: The name of a person, compared with ``approvers`` without the spaces around it.
Person = Annotated[StrictStr, Field(max_length=500), AfterValidator(storable), AfterValidator(str.strip)]

#: Characters of a comment.
MAX_COMMENT = 10_000

_DECISION = {
    "approved": True,
    "approved_by": "ann@example.com",
    "comment": "Within budget.",
    "at": "2026-01-31T09:31:07Z",
}
_APPROVAL: dict[str, Any] = {
    "id": APPROVAL,
    "execution_id": EXECUTION,
    "node_id": "manager",
    "kind": "decision",
    "status": "APPROVED",
    "title": "Expense of 1,200 EUR",
    "description": "Train and hotel",
    "context": {"amount": 1200},
    "approvers": ["ann@example.com"],
    "needed": 1,
    "decisions": [_DECISION],
    "created_at": "2026-01-31T09:30:00Z",
    "expires_at": "2026-02-02T09:30:00Z",
    "responded_at": "2026-01-31T09:31:07Z",
}


class DecisionRead(BaseModel):
    approved: bool
    approved_by: str | None
    comment: str | None
    at: datetime


class ApprovalRead(BaseModel):
    model_config = documented(_APPROVAL)

    id: str
    execution_id: str
    node_id: str
    kind: ApprovalKind = Field(
        description="``outcome``: the step's worker was lost, and it asks whether the step had its effect."
    )
    status: ApprovalStatus
    title: Any
    description: Any
    context: Any
    approvers: list[str]
    needed: int
    decisions: list[DecisionRead]
    created_at: datetime
    expires_at: datetime | None
    responded_at: datetime | None
    notes: list[str] = Field([], description="What of the request was ignored; only in the response to a decision.")


class InboxRead(ApprovalRead):
    """An approval with the workflow that it belongs to."""

    model_config = documented({**_APPROVAL, "workflow_id": WORKFLOW, "workflow_name": "Expenses"})

    workflow_id: str
    workflow_name: str


class InboxCounts(BaseModel):
    """Approvals that wait; 1001 means that there are more than 1000."""

    model_config = documented({"waiting": 3, "due_soon": 1})

    waiting: int
    #: Those of them that end within 24 hours.
    due_soon: int


class _Answer(BaseModel):
    """What every decision may say."""

    comment: Annotated[StrictStr, Field(max_length=MAX_COMMENT)] | None = None
    approved_by: Person | None = Field(
        None,
        description="The person who decides; required if approvers are named, or if several are needed. It is ignored"
        " where requests are authenticated: the caller decides.",
    )


class DecisionBody(_Answer):
    """The decision of one person; every member is optional."""

    model_config = documented({"approved_by": "ann@example.com", "comment": "Within budget."}, extra="forbid")

    approved: StrictBool | None = None
    output: Any = Field(None, description="The output of the step, if the approval is of the kind ``outcome``.")

    @model_validator(mode="before")
    @classmethod
    def _without_members_of_response(cls, value: Any) -> Any:
        """A client may send an approval back as it got it, with a decision added."""
        shown = set(ApprovalRead.model_fields)
        return {key: item for key, item in value.items() if key not in shown} if isinstance(value, dict) else value


class ActionBody(DecisionBody):
    """The decision of one person."""

    model_config = documented({"approved": False, "approved_by": "ann@example.com"}, extra="forbid")

    approved: StrictBool


class OutcomeBody(_Answer):
    """The answer whether a lost step had its effect."""

    model_config = documented(
        {"happened": True, "output": {"status_code": 201}, "approved_by": "ann@example.com"}, extra="forbid"
    )

    happened: StrictBool = Field(description="False: the step runs again, with the same idempotency key.")
    output: Any = Field(None, description="The output of the step, if it happened.")


class ApprovalFilter(str, Enum):
    """A status, or all of them."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    ALL = "ALL"


class LinkRead(BaseModel):
    """The addresses by which one approver approves or rejects."""

    model_config = documented(
        {
            "approver": "ann@example.com",
            "approve": "https://flows.example.com/approvals/links/WyIwMTk5.aBc",
            "reject": "https://flows.example.com/approvals/links/WyIwMTk5.dEf",
        }
    )

    approver: str
    approve: str
    reject: str

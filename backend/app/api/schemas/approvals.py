"""Bodies and responses of approvals."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictStr

from app.api.schemas.common import storable
from app.storage.statuses import ApprovalStatus

#: Who decides: as it is compared with the approvers, without spaces around it.
Person = Annotated[StrictStr, Field(max_length=500), AfterValidator(storable), AfterValidator(str.strip)]


#: Characters of a comment.
COMMENT = 10_000


class DecisionBody(BaseModel):
    """What one person says; everything may be left out."""

    approved: StrictBool | None = None
    comment: Annotated[StrictStr, Field(max_length=COMMENT)] | None = None
    approved_by: Person | None = Field(None, description="Who says so; required where approvers or several are needed.")


class ActionBody(DecisionBody):
    """What one person says."""

    approved: StrictBool


class ApprovalFilter(str, Enum):
    """A status, or all of them."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    ALL = "ALL"


class DecisionRead(BaseModel):
    approved: bool
    approved_by: str | None
    comment: str | None
    at: datetime


class ApprovalRead(BaseModel):
    id: str
    execution_id: str
    node_id: str
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


class LinkRead(BaseModel):
    """The addresses by which one approver approves or rejects."""

    approver: str
    approve: str
    reject: str

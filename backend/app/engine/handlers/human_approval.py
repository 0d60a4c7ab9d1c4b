"""Node type ``human_approval``: wait until people have decided, for as long as that takes, without a worker."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.toolkit.wait_time import MaxWaitTime, is_template, max_wait_seconds
from app.storage.walk.records import APPROVAL, Record

from ..registry import HandlerResult, Services

#: People whom one approval may name, or need.
MOST = 1000


class ApprovalData(BaseModel):
    model_config = ConfigDict(extra="allow")

    title: Any = Field(None, description="What is to be decided, in one line; the node's id where it is empty.")
    description: Any = Field(None, description="What whoever decides should know.")
    approvers: Any = Field(None, description="The only ones who may decide: a list of names; none: anybody.")
    needed: Any = Field(1, description="How many different people have to approve; one who rejects is enough.")
    max_wait_time: MaxWaitTime = None
    context: Any = Field(None, description="Any data to decide by.")

    @field_validator("approvers")
    @classmethod
    def _are_names(cls, value: Any) -> Any:
        return value if is_template(value) else names(value)

    @field_validator("needed")
    @classmethod
    def _is_count(cls, value: Any) -> Any:
        return value if is_template(value) else count(value)

    @model_validator(mode="after")
    def _can_be_approved(self) -> ApprovalData:
        known = isinstance(self.needed, int) and isinstance(self.approvers, list)
        if known and 0 < len(self.approvers) < self.needed and not is_template(self.approvers):
            raise ValueError(f"needed is {self.needed}, but only {len(self.approvers)} approvers are named")
        return self


class HumanApproval:
    type = "human_approval"
    title = "Human approval"
    pure = True
    chooses = True
    handles = ("approved", "rejected", "timeout")
    needs_input = False
    Data = ApprovalData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        asked = {
            "title": data.get("title") or node_id,
            "description": data.get("description"),
            "context": data.get("context"),
            "approvers": names(data.get("approvers")),
            "needed": count(data.get("needed", 1)),
        }
        record = Record(APPROVAL, asked)
        services.records.append(record)
        return HandlerResult(
            result={"approval_id": record.id, "approved": None},
            halted=True,
            resume_in=max_wait_seconds(data.get("max_wait_time")),
            when_due="timeout",
        )


def names(value: Any) -> list[str]:
    """Different names, as they are written but for spaces around them. Raises ValueError."""
    given = [] if value is None or value == "" else value if isinstance(value, list) else [value]
    if len(given) > MOST or not all(isinstance(name, str) and name.strip() for name in given):
        raise ValueError(f"approvers must be a list of at most {MOST} names")
    return list(dict.fromkeys(name.strip() for name in given))


def count(value: Any) -> int:
    """How many have to approve; 1 where nothing is said. Raises ValueError."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise ValueError(f"needed is {str(value)[:80]!r}; it must be a whole number from 1 to {MOST}")
    return value


handler = HumanApproval()

"""Node type ``human_approval``: wait, without a worker, until people have approved or rejected."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds
from app.graph.names import quote
from app.graph.numbers import from_digits, whole_number
from app.logic.templates import is_template
from app.storage.walk.records import APPROVAL, Record

from ..registry import HandlerResult, Services

#: People that one approval may name, or need.
MAX_PEOPLE = 1000


class ApprovalData(BaseModel):
    model_config = ConfigDict(extra="allow")

    title: Any = Field(None, description="What is to be decided, in one line; the node's id if it is empty.")
    description: Any = Field(None, description="What the approvers should know.")
    approvers: Any = Field(None, description="The names of those who may decide; left out: anybody.")
    needed: Any = Field(1, description="How many different people must approve; one rejection is enough.")
    max_wait_time: MaxWaitTime = None
    context: Any = Field(None, description="Any data for the decision.")

    @field_validator("approvers")
    @classmethod
    def _are_names(cls, value: Any) -> Any:
        return value if is_template(value) else read_names(value)

    @field_validator("needed")
    @classmethod
    def _is_count(cls, value: Any) -> Any:
        return value if is_template(value) else needed_count(value)

    @model_validator(mode="after")
    def _can_be_approved(self) -> ApprovalData:
        known = isinstance(self.needed, int) and isinstance(self.approvers, list)
        if known and 0 < len(self.approvers) < self.needed and not is_template(self.approvers):
            raise ValueError(f"needed is {self.needed}, but approvers has {len(self.approvers)}; name more people")
        return self


class HumanApproval:
    type = "human_approval"
    title = "Human approval"
    fields = ("approval_id", "approved")
    exempt_fields = ("approval_id", "approved")
    pure = True
    chooses = True
    handles = ("approved", "rejected", "timeout")
    needs_input = False
    Data = ApprovalData

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        values = {
            "title": data.get("title") or node_id,
            "description": data.get("description"),
            "context": data.get("context"),
            "approvers": read_names(data.get("approvers")),
            "needed": needed_count(data.get("needed")),
        }
        record = Record(APPROVAL, values)
        services.records.append(record)
        return HandlerResult(
            result={"approval_id": record.id, "approved": None},
            halted=True,
            resume_in=max_wait_seconds(data.get("max_wait_time")),
            when_due="timeout",
        )


def read_names(value: Any) -> list[str]:
    """Different names without the spaces around them; a text is one name. Raises ValueError."""
    given = [] if value is None or value == "" else value if isinstance(value, list) else [value]
    if len(given) > MAX_PEOPLE:
        raise ValueError(f"it has {len(given):,} names; at most {MAX_PEOPLE:,} are allowed")
    for name in given:
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{quote(name)} is not a name; it must be a list of names")
    return list(dict.fromkeys(name.strip() for name in given))


def needed_count(value: Any) -> int:
    """How many people must approve; 1 for null. Raises ValueError."""
    return 1 if value is None else whole_number(from_digits(value), "needed", 1, MAX_PEOPLE)


handler = HumanApproval()

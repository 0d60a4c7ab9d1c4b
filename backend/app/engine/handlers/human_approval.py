"""Node type ``human_approval``: wait, without a worker, until people have approved or rejected."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.engine.services.approval_links import ApprovalLinks, Ticket
from app.engine.toolkit.notifications import NotificationData, notify
from app.engine.toolkit.wait_time import MaxWaitTime, max_wait_seconds
from app.errors import StepFailed
from app.graph.names import quote
from app.graph.numbers import from_digits, whole_number
from app.logic.templates import is_template
from app.logic.text import to_json_text
from app.storage.walk.records import APPROVAL, Record

from ..registry import HandlerResult, Services

#: People that one approval may name, or need.
MAX_PEOPLE = 1000
#: The path of the links in the templates of ``notify``.
LINKS = "approval.links"


class ApprovalData(BaseModel):
    model_config = ConfigDict(extra="allow")

    title: Any = Field(None, description="What is to be decided, in one line; the node's id if it is empty.")
    description: Any = Field(None, description="What the approvers should know.")
    approvers: Any = Field(None, description="The names of those who may decide; left out: anybody.")
    needed: Any = Field(1, description="How many different people must approve; one rejection is enough.")
    max_wait_time: MaxWaitTime = None
    context: Any = Field(None, description="Any data for the decision.")
    notify: NotificationData | None = Field(
        None,
        description="Sent when the approval begins. {{ approval.id }} is its id, and {{ approval.links }} has"
        " approver, approve and reject for each approver.",
    )

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
        if not self.approvers and self.notify and LINKS in to_json_text(self.notify.message):
            raise ValueError(f"notify refers to {LINKS}, but approvers is not set; name the people who get links")
        return self


class HumanApproval:
    type = "human_approval"
    title = "Human approval"
    category = "People"
    icon = "user-check"
    summary = ("{title}",)
    fields = ("approval_id", "approved")
    exempt_fields = ("approval_id", "approved")
    pure = True
    later = ("notify",)
    refuses_null = ("approvers", "needed", "max_wait_time")
    chooses = True
    handles = ("approved", "rejected", "timeout")
    needs_input = False
    Data = ApprovalData

    def is_pure_for(self, data: Mapping[str, Any]) -> bool:
        """False for an approval that sends a notification, which is an effect."""
        return data.get("notify") is None

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        values: dict[str, Any] = {
            "title": data.get("title") or node_id,
            "description": data.get("description"),
            "context": data.get("context"),
            "approvers": read_names(data.get("approvers")),
            "needed": needed_count(data.get("needed")),
        }
        if data.get("notify") is None:
            record = Record(APPROVAL, values)
        else:
            record = Record(APPROVAL, values, id=approval_id(services))
            # Without ``notify`` this handler is pure, so it is a plain one; a loop of its own runs the sending.
            asyncio.run(_notify_approvers(record, data["notify"], payload, services, node_id))
        services.records.append(record)
        return HandlerResult(
            result={"approval_id": record.id, "approved": None},
            halted=True,
            resume_in=max_wait_seconds(data.get("max_wait_time")),
            when_due="timeout",
        )


def approval_id(services: Services) -> str:
    """The same if the attempt runs again after its worker was lost, so that links which were sent stay valid."""
    return str(uuid.uuid5(uuid.UUID(services.idempotency_key), f"approval/{services.attempt}"))


async def _notify_approvers(record: Record, template: Any, payload: Any, services: Services, node_id: str) -> None:
    """Send the ``notify`` of the data; its links are left out of the list of notifications."""
    if services.approval_links is None and LINKS in to_json_text(template):
        message = f"Node {node_id}: notify refers to {LINKS}, which need APPROVAL_SECRET; set it for workers and API."
        raise StepFailed(message, kind="NotConfigured", retry=False)
    links = _make_links(record, services.approval_links)
    approval = {"id": record.id, "title": record.values["title"], "links": links}
    base = payload if isinstance(payload, dict) else {}
    notification = services.fill("notify", {**base, "approval": approval})
    hidden = [link[decision] for link in links for decision in ("approve", "reject")]
    await notify(notification, services, hidden=hidden)


def _make_links(record: Record, links: ApprovalLinks | None) -> list[dict[str, str]]:
    if links is None:
        return []
    return [
        {
            "approver": name,
            "approve": links.link(Ticket(record.id, name, True)),
            "reject": links.link(Ticket(record.id, name, False)),
        }
        for name in record.values["approvers"]
    ]


def read_names(value: Any) -> list[str]:
    """Different names without the spaces around them; a text is one name. Raises ValueError."""
    if value is None:
        return []
    given = value if isinstance(value, list) else [value]
    if not given or given == [""]:
        raise ValueError("it is empty, so nobody could decide; name people, or leave the key out")
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

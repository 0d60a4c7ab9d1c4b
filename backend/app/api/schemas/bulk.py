"""The body and the response of a command to many executions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, StrictBool

from app.api.schemas.common import EXECUTION, WORKFLOW, Moment, SearchText, documented


class BulkFilter(BaseModel):
    """Which executions it is for, as in ``GET /executions``."""

    model_config = documented({"workflow_id": WORKFLOW, "status": "FAILED"}, extra="forbid", populate_by_name=True)

    status: SearchText | None = Field(None, description="A status, or several, separated by commas.")
    workflow_id: SearchText | None = None
    event_id: SearchText | None = None
    parent_id: SearchText | None = None
    forked_from: SearchText | None = None
    since: Moment | None = Field(None, alias="from", description="Only those that were created since then.")
    until: Moment | None = Field(None, alias="to", description="Only those that were created before then.")
    q: SearchText | None = Field(None, description="A part of the workflow's name, or the beginning of an id.")


class BulkBody(BaseModel):
    model_config = documented(
        {"filter": {"workflow_id": WORKFLOW, "status": "FAILED"}, "action": "retry", "dry_run": True}, extra="forbid"
    )

    filter: BulkFilter
    action: Literal["cancel", "retry"]
    dry_run: StrictBool = Field(False, description="True: nothing is done, and the response says for how many.")
    up_to: SearchText | None = Field(
        None,
        description="Of a dry run: no execution that was created later is touched.",
        examples=[EXECUTION],
    )


class Refusal(BaseModel):
    """An execution to which it could not be done, because it had changed meanwhile."""

    id: str
    message: str


class BulkRead(BaseModel):
    model_config = documented(
        {
            "action": "retry",
            "dry_run": False,
            "found": 12,
            "more": False,
            "done": 11,
            "refused": [{"id": EXECUTION, "message": f"Execution {EXECUTION} is RUNNING and cannot be retried."}],
            "left": 0,
            "up_to": EXECUTION,
        }
    )

    action: Literal["cancel", "retry"]
    dry_run: bool
    #: Executions that fit and whose status allows it, at most 500.
    found: int
    more: bool = Field(description="True: there are more than 500, which a next request takes.")
    done: int
    #: Those to which it could not be done.
    refused: list[Refusal]
    #: Those that this request had no time for.
    left: int
    up_to: str | None = Field(description="The newest that fits; null where none does.")

"""Responses that say why an execution waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import EXECUTION, STEP, documented

Kind = Literal[
    "timer",
    "approval",
    "event",
    "join",
    "retry",
    "child",
    "slot",
    "rate",
    "paused",
    "running",
    "queue",
    "no_worker",
    "busy",
    "lost_worker",
    "undone",
    "ended",
]

_RETRY: dict[str, Any] = {
    "kind": "retry",
    "sentence": "Node inventory tries again at 2026-01-31 10:09:30 UTC (attempt 3 of 5): The server answered 503.",
    "node_id": "inventory",
    "since": None,
    "until": "2026-01-31T10:09:30Z",
    "execution_id": None,
    "approval_id": None,
    "causes": [],
    "actions": [{"label": "Try now", "method": "POST", "path": f"/steps/{STEP}/wake"}],
    "near": [],
}
_JOIN_SENTENCE = f"Node merge has 2 of 3 arrivals; still missing inventory. {_RETRY['sentence']}"


class ActionRead(BaseModel):
    """A request that helps."""

    label: str
    method: str
    path: str


class NearEventRead(BaseModel):
    """An event that nearly met the condition of a wait."""

    event_id: str
    words: str = Field(description="The clause that it failed.")
    path: str = Field(description="The address at which it is explained clause by clause.")


class WaitCauseRead(BaseModel):
    """One cause for which an execution does not go on."""

    kind: Kind
    sentence: str
    node_id: str | None
    #: When it began to be one, and when it ends by itself.
    since: datetime | None
    until: datetime | None
    execution_id: str | None = Field(description="Another execution that it is about: a child, or a holder of a slot.")
    approval_id: str | None = Field(description="The approval that it waits for.")
    causes: list[WaitCauseRead] = Field(description="The causes that it has in turn.")
    actions: list[ActionRead] = Field(description="Requests that help.")
    near: list[NearEventRead] = Field(description="Of a wait: the newest events that nearly met its condition.")


class WhyRead(BaseModel):
    """Why an execution does not go on, from the root cause."""

    model_config = documented(
        {
            "execution_id": EXECUTION,
            "sentence": _JOIN_SENTENCE,
            "since": None,
            "causes": [
                {**_RETRY, "kind": "join", "sentence": _JOIN_SENTENCE, "node_id": "merge", "until": None}
                | {"causes": [_RETRY]}
            ],
        }
    )

    execution_id: str
    sentence: str
    since: datetime | None
    causes: list[WaitCauseRead]

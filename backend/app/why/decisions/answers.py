"""The stored answer of an event, workflow by workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class DecisionKind(str, Enum):
    """What a workflow made of an event."""

    #: Its trigger matched, and an execution started at once.
    STARTED = "started"
    #: Its trigger matched, and the execution waited for a slot.
    QUEUED = "queued"
    #: Its trigger matched, and the execution replaced older ones.
    REPLACING = "replacing"
    #: Its trigger matched, and the event was collected with others.
    GATHERED = "gathered"
    #: Its trigger matched, and a limit kept it from starting.
    DROPPED = "dropped"
    #: Its trigger did not match.
    NOT_MATCHED = "not_matched"
    #: Its trigger or the key of its flow control raised an error.
    ERROR = "error"
    #: It was switched off.
    INACTIVE = "inactive"
    #: It did not exist yet.
    NOT_YET = "not_yet"
    #: It was deleted before.
    DELETED = "deleted"
    #: It has no trigger, so it starts by hand or by its schedule only.
    NO_TRIGGER = "no_trigger"


@dataclass(frozen=True)
class Answered:
    """What the answer to the sender says of one workflow."""

    kind: DecisionKind
    execution_id: str | None = None
    #: Of what does not start at once: the member of the workflow that is the reason, and a sentence.
    reason: str | None = None
    message: str | None = None


def read_answer(answer: Mapping[str, Any]) -> dict[str, Answered]:
    """What became of an event at once, by the ids of the workflows that it matched or that raised an error."""
    found: dict[str, Answered] = {
        error["workflow_id"]: Answered(DecisionKind.ERROR, message=error["message"]) for error in answer["errors"]
    }
    for each in answer["executions"]:
        found[each["workflow_id"]] = Answered(DecisionKind.STARTED, each["id"])
    for each in answer.get("held", ()):
        kind = DecisionKind(each["outcome"])
        found[each["workflow_id"]] = Answered(kind, each["id"], each["reason"], each["message"])
    return found

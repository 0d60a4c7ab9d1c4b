"""Records: rows of other tables that a handler writes with its step, in the step's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.storage.waiting import approval_steps, fan_outs, subscriptions

NOTIFICATION = "notification"
APPROVAL = "approval"
#: The question whether a lost step had its effect.
OUTCOME = "outcome"
FAN_OUT = "fan_out"
#: The fan-out of a further attempt, which keeps the completed children.
FAN_OUT_AGAIN = "fan_out_again"
WAIT = "wait"
#: Columns of records that the engine fills itself, or that must be exactly as the author wrote them: no secret is taken
#: out of them.
ENGINE_COLUMNS = frozenset(
    [
        *("workflow_id", "version", "inside", "collects", "total", "children", "needed"),
        *("condition", "seen", "path", "key", "lookback", "gathered"),
    ]
)
#: The statement of each kind, except for notifications, which are written many at once. Parameters: the step's
#: ``execution_id, node_id, visit, attempt``, ``grace`` in seconds, the record's ``id``, and its values as JSON text.
INSERTS = {
    APPROVAL: approval_steps.INSERT,
    OUTCOME: approval_steps.INSERT_OUTCOME,
    FAN_OUT: fan_outs.INSERT,
    FAN_OUT_AGAIN: fan_outs.INSERT_AGAIN,
    WAIT: subscriptions.INSERT,
}
#: The statements that end the records of one execution whose steps are not WAITING any more.
RELEASES = (approval_steps.RELEASE, fan_outs.RELEASE, subscriptions.RELEASE)


@dataclass(frozen=True)
class Record:
    """A row that belongs to a step and is written with it."""

    kind: str
    #: Any JSON values.
    values: Mapping[str, Any]
    id: str = field(default_factory=new_id)
    #: Executions that it begins, which are woken after the commit.
    begins: tuple[str, ...] = ()


def insert_of(record: Record, step: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement that writes the record, and its parameters."""
    values = {name: dumps(value) for name, value in record.values.items()}
    return INSERTS[record.kind], {**step, **values, "id": record.id}

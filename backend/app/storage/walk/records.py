"""Records: rows of other tables that a handler has kept with its step, in the step's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.storage import notifications
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.storage.waiting import approvals, fan_outs, subscriptions

NOTIFICATION = "notification"
APPROVAL = "approval"
FAN_OUT = "fan_out"
#: The same of a further try, which keeps the children that have completed.
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
#: How each kind is written: parameters are the step's ``execution_id, node_id, visit, attempt``, the record's ``id``,
#: and its values as JSON text.
INSERTS = {
    NOTIFICATION: notifications.INSERT,
    APPROVAL: approvals.INSERT,
    FAN_OUT: fan_outs.INSERT,
    FAN_OUT_AGAIN: fan_outs.INSERT_AGAIN,
    WAIT: subscriptions.INSERT,
}
#: What ends the records that wait with steps of one execution, where the steps do not wait any more.
LET_GO = (approvals.LET_GO, fan_outs.LET_GO, subscriptions.LET_GO)


@dataclass(frozen=True)
class Record:
    """A row that belongs to a step; a step that is not recorded keeps none."""

    kind: str
    #: Any JSON values.
    values: Mapping[str, Any]
    id: str = field(default_factory=new_id)
    #: Executions that it begins, which workers are told of once it is written.
    begins: tuple[str, ...] = ()


def insert_of(record: Record, step: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement that writes the record, and its parameters."""
    values = {name: dumps(value) for name, value in record.values.items()}
    return INSERTS[record.kind], {**step, **values, "id": record.id}

"""Events as they are shown, to callers that see all workflows and to those that see some."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.api.http.responses import Shown, as_text, as_time
from app.storage.access.visibility import list_visible_workflows
from app.storage.event_lists import ShownEvent
from app.storage.json_text import JsonText, dumps, loads


class EventView:
    """Shows events to one caller; of workflows that it does not see, nothing is shown."""

    def __init__(self, session: Session, caller: Caller) -> None:
        prefix = caller.workflow_prefix
        self._visible = None if prefix is None else list_visible_workflows(session, prefix)

    def sees(self, workflow_id: str) -> bool:
        return self._visible is None or workflow_id in self._visible

    def show(self, row: ShownEvent) -> Shown:
        shown = show_event(row)
        return shown if self._visible is None else only_visible(shown, row, self._visible)


def show_event(row: ShownEvent) -> dict[str, Any]:
    cause = {"execution_id": row.cause_execution_id, "node_id": row.cause_node_id}
    return {
        "id": row.id,
        "type": row.type,
        "source": row.source,
        "time": row.time,
        **({"attributes": row.attributes} if row.attributes else {}),
        "received_at": as_time(row.received_at),
        "cause": cause if row.cause_execution_id else None,
        "payload": as_text(row.payload),
        **({} if row.payload_bytes is None else {"payload_bytes": row.payload_bytes}),
        "executions": [*loads(row.executions or "[]"), *loads(row.gathered or "[]")],
        **({} if row.held is None else {"held": JsonText(row.held)}),
        "revision": row.revision,
    }


def only_visible(shown: dict[str, Any], row: ShownEvent, visible: Collection[str]) -> dict[str, Any]:
    """The same without what it started in other workflows than these, and without the execution that posted it."""
    held = [each for each in loads(row.held or "[]") if each["workflow_id"] in visible]
    return {
        **{name: value for name, value in shown.items() if name != "held"},
        "cause": None,
        "executions": [each for each in shown["executions"] if each["workflow_id"] in visible],
        **({"held": JsonText(dumps(held))} if held else {}),
    }

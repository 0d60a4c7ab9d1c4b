"""Our API without its audit of commands and starts: the floor of what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.engine.commands import start_together
from app.main import app
from app.storage.access.audit import Deed
from app.storage.database import Cursor
from app.storage.start_groups import NewExecution, create_executions
from app.storage.walk import lock

__all__ = ["app"]


def hold(cursor: Cursor, execution_id: str, deed: Deed) -> bytes:
    """The lock of an execution alone."""
    return lock._HOLD.text(cursor, {"execution": execution_id})


def create(cursor: Cursor, group: Sequence[NewExecution], *, grace: float) -> Mapping[str, datetime]:
    """The executions alone."""
    return create_executions(cursor, [replace(each, actor=None) for each in group], grace=grace)


lock.text_of_hold = hold  # type: ignore[attr-defined]
start_together.create_executions = create  # type: ignore[attr-defined]

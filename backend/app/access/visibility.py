"""
Visibility for a caller that is bound to some workflows: for it, all others do not exist.

The gate checks every id in a path by the name of its parameter, so a route cannot forget it; bodies and lists are
checked by their routes.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.errors import Forbidden, NotFound
from app.storage.access.visibility import find_workflow_name
from app.storage.database import Cursor
from app.storage.orm import cursor_of

#: The kinds of thing that a parameter of a path can name; ``/api`` calls an execution a workflow.
KINDS_OF_PARAMETERS = {
    "workflow_id": ("Workflow", "Execution"),
    "execution_id": ("Execution",),
    "other_id": ("Execution",),
    "approval_id": ("Approval",),
    "backtest_id": ("Backtest",),
}


def require_visible(target: Session | Cursor, caller: Caller, kind: str, id: str) -> None:
    """Raise NotFound, in the words for a thing that does not exist, if the caller does not see this one."""
    if caller.workflow_prefix is None:
        return
    cursor = cursor_of(target) if isinstance(target, Session) else target
    name = find_workflow_name(cursor, kind, id)
    if name is not None and not caller.sees(name):
        raise NotFound.of(kind, id)


def require_visible_path(cursor: Cursor, caller: Caller, parameters: Mapping[str, str]) -> None:
    """
    Raise NotFound if a parameter of a path names a thing that the caller does not see.

    Also for a thing that does not exist: the route could refuse the body before it finds that out, and so tell the two
    apart.
    """
    for parameter, id in parameters.items():
        kinds = KINDS_OF_PARAMETERS.get(parameter, ())
        found = (find_workflow_name(cursor, kind, id) for kind in kinds)
        name = next((name for name in found if name is not None), None)
        if kinds and (name is None or not caller.sees(name)):
            raise NotFound.of(kinds[0], id)


def require_own_name(caller: Caller, name: str) -> None:
    """Raise Forbidden if the caller may not give a workflow this name."""
    if not caller.sees(name):
        raise Forbidden(
            f"The key {caller.name} is bound to workflows whose name begins with {caller.workflow_prefix!r}; it may not"
            f" save one named {name[:100]!r}."
        )

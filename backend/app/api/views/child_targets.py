"""The workflows that a definition starts: a caller that is bound to some workflows may name no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.access.caller import Caller
from app.engine.definitions.compiled import GRAPH, WorkflowCache
from app.errors import Forbidden
from app.logic.templates import is_template
from app.storage.access.visibility import find_workflow_name
from app.storage.database import Cursor
from app.storage.ids import parse_id

#: The members of a node's data that name a workflow, by node type.
TARGETS = {"sub_workflow": ("workflow", "workflow_id", "name"), "for_each": ("workflow", "workflow_id")}


def require_visible_targets(cursor: Cursor, caller: Caller, workflows: WorkflowCache, kind: str, document: Any) -> None:
    """
    Raise Forbidden if the nodes of a valid definition may start a workflow that the caller does not see.

    The output of a child is that of its step, so starting one is also reading it.
    """
    if caller.workflow_prefix is None:
        return
    nodes = workflows.compile(kind, document).graph.nodes.values()
    for target in list_targets((node.type, node.data) for node in nodes):
        if not is_visible(cursor, caller, target):
            raise Forbidden(
                f"The key {caller.name} is bound to workflows whose name begins with {caller.workflow_prefix!r}; a node"
                f" of its workflows may not start {target[:100]!r}."
            )


def list_targets(nodes: Iterable[tuple[Any, Mapping[str, Any]]]) -> Iterator[str]:
    """What nodes name as workflows to start, also inside graphs in place."""
    for type, data in nodes:
        inner = data.get(GRAPH)
        if isinstance(inner, Mapping):
            inside = [node for node in inner.get("nodes") or () if isinstance(node, Mapping)]
            yield from list_targets((node.get("type"), node.get("data") or {}) for node in inside)
        else:
            yield from (str(data[key]) for key in TARGETS.get(type, ()) if data.get(key))


def is_visible(cursor: Cursor, caller: Caller, target: str) -> bool:
    """True for an id or a name of a workflow that the caller sees; a template could become any."""
    if is_template(target):
        return False
    if parse_id(target):
        name = find_workflow_name(cursor, "Workflow", target)
        return name is None or caller.sees(name)
    return caller.sees(target)

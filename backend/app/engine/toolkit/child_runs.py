"""Start of child executions, for the handlers of `for_each` and `sub_workflow`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.definitions.compiled import GRAPH
from app.engine.registry import HandlerResult, RunTarget, Services
from app.errors import InvalidParameters, StepFailed
from app.graph.names import quote
from app.graph.parameters import bind
from app.storage.ids import new_id
from app.storage.walk.records import FAN_OUT, FAN_OUT_AGAIN, Record

#: How many executions and events, one because of the other, may lead to one.
DEEPEST = 20


def find_target(data: Mapping[str, Any], services: Services, *, node_id: str, names: Sequence[str]) -> RunTarget:
    """What a node's children run: its graph in place, or the workflow that one of these keys names."""
    if data.get(GRAPH) is not None:
        runs = services.runs
        return RunTarget(runs.workflow_id, runs.version, (*runs.inside, node_id))
    return services.find_workflow(str(next(data[key] for key in names if data.get(key))))


def start_children(
    callee: RunTarget,
    payloads: Sequence[Any],
    services: Services,
    *,
    node_id: str,
    base: Mapping[str, Any] | None = None,
    at_once: int = 1,
    collects: bool = False,
    patience: float | None = None,
) -> HandlerResult:
    """
    Start a child for each payload, so many at once, and wait for all; a further try keeps those that have completed.

    With a ``base``, each child is given that with its payload as ``item`` and its number as ``index``. With
    ``collects`` the output is the list of the children's outputs, else the output of the one child. ``patience`` is
    in seconds. Raises StepFailed.
    """
    if services.depth >= DEEPEST:
        message = f"Node {node_id} would start a child at a depth of more than {DEEPEST}: does a workflow start itself?"
        raise StepFailed(message, kind="TooDeep", retry=False)
    if callee.parameters:
        payloads = [_bound(callee, _whole(base, each, number), node_id) for number, each in enumerate(payloads)]
        base = None
    services.records.append(
        Record(
            FAN_OUT if services.attempt == 1 else FAN_OUT_AGAIN,
            {
                "workflow_id": callee.workflow_id,
                "version": callee.version,
                "inside": list(callee.inside) or None,
                "base": None if base is None else _without_own(base),
                "collects": collects,
                "total": len(payloads),
                "items": list(payloads),
                "children": (first := [new_id() for _ in payloads[:at_once]]),
            },
            begins=tuple(first),
        )
    )
    return HandlerResult(halted=True, resume_in=patience, when_due="timeout")


def _without_own(base: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in base.items() if key not in ("item", "index")}


def _whole(base: Mapping[str, Any] | None, item: Any, number: int) -> Any:
    return item if base is None else {**base, "item": item, "index": number}


def _bound(callee: RunTarget, payload: Any, node_id: str) -> dict[str, Any]:
    try:
        return bind(callee.parameters, payload)
    except InvalidParameters as error:
        raise StepFailed(f"Node {node_id}: {error}", kind="InvalidParameters", retry=False) from None


def require_payload(value: Any, node_id: str) -> dict[str, Any]:
    """A child's payload. Raises StepFailed for anything but an object."""
    if isinstance(value, dict):
        return value
    message = f"Node {node_id}: payload is {quote(value)}; it must be an object."
    raise StepFailed(message, kind="InvalidData", retry=False)

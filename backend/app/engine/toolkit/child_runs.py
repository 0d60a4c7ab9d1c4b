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
from app.triggers.audience import DEEPEST


def find_target(data: Mapping[str, Any], services: Services, *, node_id: str, names: Sequence[str]) -> RunTarget:
    """The graph in a node's data, else the workflow that the first of these keys names."""
    if data.get(GRAPH) is not None:
        runs = services.runs
        return RunTarget(runs.workflow_id, runs.version, (*runs.inside, node_id))
    return services.find_workflow(str(next(data[key] for key in names if data.get(key))))


def start_children(
    target: RunTarget,
    payloads: Sequence[Any],
    services: Services,
    *,
    node_id: str,
    base: Mapping[str, Any] | None = None,
    at_once: int = 1,
    collects: bool = False,
    max_wait: float | None = None,
) -> HandlerResult:
    """
    Start a child for each payload, ``at_once`` at the same time, and wait for all of them.

    Another attempt keeps the children that have completed. With a ``base``, each child gets that, with its payload as
    ``item`` and its number as ``index``. With ``collects`` the output is the list of the children's outputs, else the
    output of the one child. After ``max_wait`` seconds the step takes its handle ``timeout``; None: it waits without a
    limit. Raises StepFailed, without a retry.
    """
    _check_depth(services, node_id)
    if target.parameters:
        payloads = [_bind(target, _with_item(base, each, number), node_id) for number, each in enumerate(payloads)]
        base = None
    first = [new_id() for _ in payloads[:at_once]]
    fan_out = {
        "workflow_id": target.workflow_id,
        "version": target.version,
        "inside": list(target.inside) or None,
        "base": None if base is None else _without_item(base),
        "collects": collects,
        "total": len(payloads),
        "items": list(payloads),
        "children": first,
    }
    kind = FAN_OUT if services.attempt == 1 else FAN_OUT_AGAIN
    services.records.append(Record(kind, fan_out, begins=tuple(first)))
    return HandlerResult(halted=True, resume_in=max_wait, when_due="timeout")


def _check_depth(services: Services, node_id: str) -> None:
    if services.depth >= DEEPEST:
        message = f"Node {node_id} exceeds the maximum nesting depth of {DEEPEST} (does a workflow start itself?)."
        raise StepFailed(message, kind="TooDeep", retry=False)


def _without_item(base: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in base.items() if key not in ("item", "index")}


def _with_item(base: Mapping[str, Any] | None, item: Any, number: int) -> Any:
    return item if base is None else {**base, "item": item, "index": number}


def _bind(target: RunTarget, payload: Any, node_id: str) -> dict[str, Any]:
    try:
        return bind(target.parameters, payload)
    except InvalidParameters as error:
        raise StepFailed(f"Node {node_id}: {error}", kind="InvalidParameters", retry=False) from None


def require_payload(value: Any, node_id: str, services: Services) -> dict[str, Any]:
    """A child's payload. Raises StepFailed, without a retry, for anything but an object."""
    if isinstance(value, dict):
        return value
    # The message cuts a long value, which could divide a secret.
    shown = services.redact(value) if isinstance(value, str) else value
    message = f"Node {node_id}: payload is {quote(shown)}; it must be an object."
    raise StepFailed(message, kind="InvalidData", retry=False)

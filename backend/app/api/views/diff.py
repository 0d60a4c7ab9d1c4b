"""A comparison of two executions as it is shown."""

from __future__ import annotations

from typing import Any

from app.logic.difference import MISSING, Difference
from app.why.diff import ComparedNode, ExecutionDiff


def show_comparison(found: ExecutionDiff) -> dict[str, Any]:
    return {
        "sentence": found.sentence,
        "definition": _sameness(found.same_definition),
        "payload": _sameness(found.same_payload),
        "payload_difference": _show_difference(found.payload),
        "first_difference": found.first.node_id if found.first else None,
        "nodes": [_show_node(node) for node in found.nodes],
    }


def _show_node(node: ComparedNode) -> dict[str, Any]:
    sides = (node.a, node.b)
    return {
        "node_id": node.node_id,
        "visit": node.visit,
        "side": node.side,
        "step_ids": [step.id if step else None for step in sides],
        "status": [step.status if step else None for step in sides],
        "took_ms": [None if step is None or step.took_ms is None else round(step.took_ms, 3) for step in sides],
        "input": _sameness(node.same_input),
        "output": _sameness(node.same_output),
        "input_difference": _show_difference(node.input_difference),
        "first_difference": _show_difference(node.difference),
    }


def _show_difference(difference: Difference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    values = {"a": difference.a, "b": difference.b}
    return {"pointer": difference.pointer, **{side: value for side, value in values.items() if value is not MISSING}}


def _sameness(same: bool) -> str:
    return "same" if same else "differs"

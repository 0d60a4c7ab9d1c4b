"""Causes as they are shown."""

from __future__ import annotations

from typing import Any

from app.api.http.responses import as_time
from app.why.causes.cause import WaitCause, WaitExplanation


def show_why(execution_id: str, found: WaitExplanation) -> dict[str, Any]:
    return {
        "execution_id": execution_id,
        "sentence": found.sentence,
        "since": as_time(found.since),
        "causes": [show_cause(cause) for cause in found.causes],
    }


def show_cause(cause: WaitCause) -> dict[str, Any]:
    return {
        "kind": cause.kind,
        "sentence": cause.sentence,
        "node_id": cause.node_id,
        "since": as_time(cause.since),
        "until": as_time(cause.until),
        "execution_id": cause.execution_id,
        "approval_id": cause.approval_id,
        "causes": [show_cause(inner) for inner in cause.causes],
        "actions": [vars(action) for action in cause.actions],
        "near": [vars(event) for event in cause.near],
    }

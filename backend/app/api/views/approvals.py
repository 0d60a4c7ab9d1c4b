"""Approvals as they are shown."""

from __future__ import annotations

from typing import Any

from app.access.caller import Caller
from app.api.http.responses import as_time
from app.storage.models.waiting import Approval


def show_approval(approval: Approval) -> dict[str, Any]:
    return {
        "id": approval.id,
        "execution_id": approval.execution_id,
        "node_id": approval.node_id,
        "kind": approval.kind,
        "status": approval.status,
        "title": approval.title,
        "description": approval.description,
        "context": approval.context,
        "approvers": approval.approvers,
        "needed": approval.needed,
        "decisions": approval.decisions,
        "created_at": as_time(approval.created_at),
        "expires_at": as_time(approval.expires_at),
        "responded_at": as_time(approval.responded_at),
    }


def show_decided(approval: Approval, caller: Caller, named: str | None) -> dict[str, Any]:
    """An approval after a decision; ``named`` is the person that the body names, who counts only with AUTH=off."""
    shown = show_approval(approval)
    if named is None or caller.decides_as is None:
        return shown
    return {**shown, "notes": [f"`approved_by` is ignored: requests are authenticated, and {caller.name} decided."]}

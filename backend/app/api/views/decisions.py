"""Decisions on events, as the API shows them."""

from __future__ import annotations

from typing import Any

from app.api.http.responses import as_time
from app.storage.outcomes import DecidedEvent, OpenWindow, Retro
from app.why.decisions.explaining import EventExplanation, Fate
from app.why.decisions.listing import Decision, describe_first_failing
from app.why.decisions.unmatched import Nearest
from app.why.fields import Field
from app.why.shapes import show_reasons


def show_decision(event: DecidedEvent, decision: Decision) -> dict[str, Any]:
    row, miss = decision.workflow.row, decision.miss
    return {
        "workflow_id": row.workflow_id,
        "name": row.name,
        "version": row.version,
        "revision": row.revision,
        "decision": decision.kind.value,
        "message": decision.message,
        "execution_id": decision.answered.execution_id if decision.answered else None,
        "first_failing": miss.first if miss else None,
        "first_failing_words": describe_first_failing(event, decision),
        "failing": miss.failing if miss else None,
        "near": miss.is_near if miss else False,
    }


def show_event_explanation(found: EventExplanation) -> dict[str, Any]:
    row, event, fate = found.workflow, found.event, found.fate
    workflow = row and {"id": row.workflow_id, "name": row.name, "version": row.version, "revision": row.revision}
    reasons = {"flips": [], "unseen": [], "notes": []} if found.reasons is None else show_reasons(found.reasons)
    return {
        **reasons,
        "decision": found.decision,
        "sentence": found.sentence,
        "workflow": workflow,
        "event": {"id": event.id, "received_at": as_time(event.received_at), "revision": event.revision},
        **_show_rows(fate),
        "retro": show_retro(found.retro),
    }


def show_fate(fate: Fate) -> dict[str, Any]:
    return {
        "workflow_id": fate.workflow_id,
        "decision": fate.answered.kind.value,
        "sentence": fate.sentence,
        **_show_rows(fate),
    }


def _show_rows(fate: Fate | None) -> dict[str, Any]:
    execution = fate.execution if fate else None
    return {
        "execution_id": execution.id if execution else None,
        "execution_status": execution.status if execution else None,
        "window": _show_window(fate.window if fate else None),
    }


def _show_window(window: OpenWindow | None) -> dict[str, Any] | None:
    return None if window is None else {"events": window.events, "closes_at": as_time(window.closes_at)}


def show_retro(retro: Retro | None) -> dict[str, Any] | None:
    if retro is None:
        return None
    return {
        "event_id": retro.event_id,
        "backtest_id": retro.backtest_id,
        "execution_id": retro.execution_id,
        "outcome": retro.outcome,
        "at": as_time(retro.started_at),
    }


def show_nearest(nearest: Nearest | None) -> dict[str, Any]:
    return {} if nearest is None else {"nearest": nearest._asdict()}


def show_field(field: Field, sampled: int) -> dict[str, Any]:
    return {
        "path": field.path,
        "types": dict(field.types),
        "events": field.events,
        "seen": round(field.events / sampled, 4),
        "examples": field.examples,
        "min": field.least,
        "max": field.greatest,
    }

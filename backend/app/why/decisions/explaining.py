"""Explain what one workflow made of an event, by its trigger of that moment or of another revision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound, TrigraphError
from app.flow_control.limits import window_of
from app.flow_control.spec import read_flow
from app.graph.engine_events import is_engine_type, list_named_types
from app.logic.similar_paths import Path
from app.storage import outcomes, revisions
from app.storage.outcomes import DecidedEvent, OpenWindow, Retro, StartedExecution
from app.storage.revisions import Revision
from app.triggers.audience import describe_obstacle
from app.triggers.triggers import can_fire
from app.why.decisions import sentences
from app.why.decisions.answers import Answered, DecisionKind, read_answer
from app.why.past import compile_revision
from app.why.reasons import Reasons, find_reasons

#: Saves in which the moment is looked for at which a workflow was switched off.
_MOST_SAVES = 1000


@dataclass(frozen=True)
class Fate:
    """What became of an event in one workflow that it matched, by the rows of now."""

    workflow_id: str
    answered: Answered
    sentence: str
    #: The execution that it started, alone or with others.
    execution: StartedExecution | None = None
    #: The window that it waits in.
    window: OpenWindow | None = None


@dataclass(frozen=True)
class EventExplanation:
    """What one workflow made of an event, and why."""

    event: DecidedEvent
    #: A ``DecisionKind``; with another revision than the event's: ``matched``, ``not_matched`` or ``error``.
    decision: str
    sentence: str
    #: The workflow as it was; None: it is not known what it was.
    workflow: Revision | None
    #: None if there is no trigger to evaluate.
    reasons: Reasons | None = None
    fate: Fate | None = None
    retro: Retro | None = None


def list_fates(session: Session, event: DecidedEvent) -> list[Fate]:
    """What became of an event in each workflow that it matched, in the order of the answer."""
    answered = read_answer(event.answer)
    matched = {id: each for id, each in answered.items() if each.kind is not DecisionKind.ERROR}
    if not matched:
        return []
    started = {each.workflow_id: each for each in outcomes.list_started(session, event.id)}
    by_id = {each.id: each for each in outcomes.list_started(session, event.id)}
    waiting = [id for id, each in matched.items() if each.kind is DecisionKind.GATHERED and id not in started]
    windows = _find_windows(session, event, waiting)
    found = []
    for workflow_id, each in matched.items():
        execution = by_id.get(each.execution_id or "")
        if each.kind is DecisionKind.GATHERED and workflow_id not in windows:
            execution = started.get(workflow_id)
        window = windows.get(workflow_id)
        sentence = sentences.describe_started(each, execution, window, event.received_at)
        found.append(Fate(workflow_id, each, sentence, execution, window))
    return found


def _find_windows(session: Session, event: DecidedEvent, workflow_ids: Collection[str]) -> dict[str, OpenWindow]:
    """The windows of these workflows in which the event waits, by the flow control that it met."""
    names = []
    for workflow_id in workflow_ids:
        row = revisions.fetch_revision(session, workflow_id, event.revision)
        try:
            window = window_of(workflow_id, read_flow(row.flow), event.payload) if row is not None else None
        except TrigraphError:
            continue
        if window is not None:
            names.append(window.name)
    found = outcomes.list_open_windows(session, event.id, names) if names else []
    return {window.workflow_id: window for window in found}


def explain_event(
    session: Session,
    event_id: str,
    workflow_id: str,
    *,
    revision: int | Literal["current"] | None = None,
    wanted: bool = True,
    recent: Collection[Path] = (),
) -> EventExplanation:
    """
    Explain what a workflow made of an event; with a ``revision``, what its trigger of then, or now, says of it.

    ``wanted`` and ``recent`` are those of ``find_reasons``. Raises NotFound, and Conflict for an event of which it is
    not known which triggers it met.
    """
    event = outcomes.fetch_decided_event(session, event_id)
    first = revisions.fetch_first_revision(session, workflow_id)
    if first is None:
        raise NotFound.of("Workflow", workflow_id)
    workflow_id = first.workflow_id
    fates = {fate.workflow_id: fate for fate in list_fates(session, event)} if revision is None else {}
    fate = fates.get(workflow_id)
    retro = next(
        (each for each in outcomes.list_retro_starts(session, event.id) if each.workflow_id == workflow_id), None
    )
    if revision is None and event.revision is None:
        return _explain_unkept(event, workflow_id, fate, retro)
    at = event.revision if revision is None else None if revision == "current" else revision
    row = revisions.fetch_revision(session, workflow_id, at)
    if row is None:
        if isinstance(revision, int):
            raise NotFound(
                f"Workflow {workflow_id} has no revision up to {revision}; its first one is {first.revision}."
            )
        sentence = sentences.describe_not_yet(first.saved_at, event.received_at)
        return EventExplanation(event, DecisionKind.NOT_YET.value, sentence, None, retro=retro)
    reasons = _find_reasons(row, event, wanted, recent)
    kind, sentence = _judge(session, event, row, fate, reasons, is_past=revision is None)
    return EventExplanation(event, kind, sentence, row, reasons, fate, retro)


def _explain_unkept(event: DecidedEvent, workflow_id: str, fate: Fate | None, retro: Retro | None) -> EventExplanation:
    """An event of before revisions were kept: its answer is known, and nothing else."""
    answered = read_answer(event.answer).get(workflow_id)
    if fate is not None:
        return EventExplanation(event, fate.answered.kind.value, fate.sentence, None, fate=fate, retro=retro)
    if answered is not None:
        sentence = sentences.describe_error(answered)
        return EventExplanation(event, answered.kind.value, sentence, None, retro=retro)
    raise Conflict(
        f"Event {event.id} came before revisions were kept, so it is not known which trigger it met; "
        "ask with revision=current what the trigger of now says."
    )


def _find_reasons(row: Revision, event: DecidedEvent, wanted: bool, recent: Collection[Path]) -> Reasons | None:
    if not can_fire(row.trigger) or compile_revision(row).rule is None:
        return None
    return find_reasons(row.trigger, event.payload, event.variables, wanted=wanted, recent=recent)


def _judge(
    session: Session, event: DecidedEvent, row: Revision, fate: Fate | None, reasons: Reasons | None, *, is_past: bool
) -> tuple[str, str]:
    """The decision and its sentence."""
    if fate is not None:
        matched = reasons is not None and reasons.explanation.decision == "matched"
        is_scheduled = event.variables["source"] == f"/workflows/{row.workflow_id}" and not matched
        return fate.answered.kind.value, f"{fate.sentence} {sentences.SCHEDULED}" if is_scheduled else fate.sentence
    if row.is_deleted:
        return DecisionKind.DELETED.value, sentences.describe_deleted(row.saved_at, event.received_at)
    if not row.is_active:
        since = _inactive_since(session, row)
        return DecisionKind.INACTIVE.value, sentences.describe_inactive(since, event.received_at)
    answered = read_answer(event.answer).get(row.workflow_id) if is_past else None
    if answered is not None:
        return answered.kind.value, sentences.describe_error(answered)
    if not can_fire(row.trigger):
        return DecisionKind.NO_TRIGGER.value, sentences.NO_TRIGGER
    if reasons is None:
        return DecisionKind.ERROR.value, f"The trigger cannot be used: {compile_revision(row).problem}"
    found = reasons.explanation
    if found.decision == "matched" and is_engine_type(event.variables["type"]):
        obstacle = _find_obstacle(event, row)
        if obstacle is not None or is_past:
            return DecisionKind.NOT_MATCHED.value, obstacle or sentences.TOO_DEEP
    if is_past and found.decision != DecisionKind.NOT_MATCHED.value:
        return DecisionKind.NOT_MATCHED.value, (
            "It did not start, although the trigger matches it now: an operator of the deployment has changed since."
        )
    return found.decision, found.sentence


def _find_obstacle(event: DecidedEvent, row: Revision) -> str | None:
    """Why an event of the engine does not concern a workflow whose trigger matches it."""
    flow = read_flow(row.flow)
    return describe_obstacle(
        is_named=event.variables["type"] in list_named_types(row.trigger),
        is_own=event.payload["workflow_id"] == row.workflow_id,
        starts_itself=flow is not None and flow.starts_itself,
    )


def _inactive_since(session: Session, row: Revision) -> datetime | None:
    """When a workflow that is switched off at this revision was switched off; None if it was never on."""
    since: Revision | None = None
    for each in revisions.list_revisions(session, row.workflow_id, limit=_MOST_SAVES, before=row.revision + 1):
        if each.is_active:
            return since.saved_at if since is not None else None
        since = each
    return None

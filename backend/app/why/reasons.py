"""A decision with all its reasons: the explanation, the changes that would turn it, and the likely mistakes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.logic.similar_paths import Path
from app.logic.tracing import MAX_CLAUSES
from app.why.explain import Explanation, explain_with
from app.why.flips.search import LIMIT, Flips, find_flips
from app.why.notes.find import find_notes
from app.why.notes.note import Note
from app.why.wording.sentences import TRIGGER

_EVENT = "$event"


@dataclass(frozen=True)
class Reasons:
    """Why a rule decided as it did on an event."""

    explanation: Explanation
    flips: Flips
    notes: list[Note]


def find_reasons(
    rule: Any,
    payload: Any,
    event_metadata: Mapping[str, Any] | None = None,
    *,
    wanted: bool | None = True,
    recent: Collection[Path] = (),
    limit: float = LIMIT,
    max_clauses: int = MAX_CLAUSES,
    asker: str = TRIGGER,
) -> Reasons:
    """
    Explain what a rule decides on an event, with flips and notes.

    ``event_metadata`` is what the rule reads as ``$event``. ``wanted`` is the answer that the flips give: True turns a
    no into a yes, False a yes into a no, None looks for none. A rule that has the answer already has no flips.
    ``recent`` are paths of recent events; ``limit`` is the time for the flips, in seconds; ``max_clauses``
    limits the tree. Raises InvalidRule.
    """
    extra = {} if event_metadata is None else {_EVENT: event_metadata}
    explanation = explain_with(rule, payload, extra, asker=asker, max_clauses=max_clauses)
    flips = Flips()
    matched = explanation.decision == "matched"
    if explanation.rule is not None and wanted is not None and wanted is not matched:
        flips = find_flips(
            rule, payload, extra, explanation.tree, wanted=wanted, compiled=explanation.rule, limit=limit
        )
    return Reasons(explanation, flips, find_notes(explanation.tree, document_of(payload, extra), recent=recent))


def document_of(payload: Any, extra: Mapping[str, Any]) -> Any:
    """An event with its metadata as the key ``$event``, as rules see it."""
    if isinstance(payload, dict) and _EVENT not in payload and _EVENT in extra:
        return {**payload, _EVENT: extra[_EVENT]}
    return payload

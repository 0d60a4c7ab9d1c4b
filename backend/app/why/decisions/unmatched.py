"""Events that matched no trigger, and those of them that nearly did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.storage.outcomes import DecidedEvent, fetch_decided_events, list_unmatched
from app.storage.pages import Page
from app.why.decisions.answers import DecisionKind
from app.why.decisions.listing import decide_all, describe_first_failing, measure
from app.why.past import PastTriggers, PastWorkflow

#: Seconds that one request spends on finding events that nearly matched, and events that it reads at a time.
BUDGET = 2.0
BATCH = 50


class Nearest(NamedTuple):
    """A workflow that an event nearly started."""

    workflow_id: str
    workflow_name: str
    first_failing: str
    first_failing_words: str


@dataclass(frozen=True)
class UnmatchedEvent:
    """An event that matched no trigger."""

    event_id: str
    #: Only if it was asked for.
    nearest: Nearest | None = None


@dataclass(frozen=True)
class UnmatchedPage:
    """Events, newest first, and the event after which the search goes on; None: there are no more."""

    events: Sequence[UnmatchedEvent]
    cursor: str | None


def find_unmatched(
    session: Session,
    past: PastTriggers,
    page: Page,
    *,
    near: bool,
    sees: Callable[[str], bool] = lambda workflow_name: True,
) -> UnmatchedPage:
    """Events that matched no trigger; if ``near``, those to which a workflow that the reader sees comes near."""
    if not near:
        ids, cursor = list_unmatched(session, after=page.after, limit=page.limit)
        return UnmatchedPage([UnmatchedEvent(id) for id in ids], cursor)
    found: list[UnmatchedEvent] = []
    until, after = time.monotonic() + BUDGET, page.after
    revision: int | None = None
    workflows: Sequence[PastWorkflow] = ()
    while True:
        ids, cursor = list_unmatched(session, after=after, limit=BATCH)
        for event in fetch_decided_events(session, ids):
            if event.revision != revision:
                revision = event.revision
                workflows = ()
                if revision is not None:
                    workflows = [each for each in past.list_at(session, revision) if sees(each.row.name)]
            nearest = find_nearest(event, workflows, until)
            if nearest is not None:
                found.append(UnmatchedEvent(event.id, nearest))
            if len(found) == page.limit or time.monotonic() > until:
                is_last = cursor is None and event.id == ids[-1]
                return UnmatchedPage(found, None if is_last else event.id)
        if cursor is None:
            return UnmatchedPage(found, None)
        if time.monotonic() > until:
            return UnmatchedPage(found, cursor)
        after = cursor


def find_nearest(event: DecidedEvent, workflows: Sequence[PastWorkflow], until: float) -> Nearest | None:
    """
    The newest of these workflows that the event nearly started.

    None if there is none, or none was found before ``until``, by the monotonic clock.
    """
    return next(_near(event, workflows, until), None)


def _near(event: DecidedEvent, workflows: Sequence[PastWorkflow], until: float) -> Iterator[Nearest]:
    for decision in decide_all(event, workflows):
        if time.monotonic() > until:
            return
        if decision.kind is not DecisionKind.NOT_MATCHED:
            continue
        measured = measure(event, decision)
        if measured.miss is not None and measured.miss.is_near:
            row = measured.workflow.row
            words = describe_first_failing(event, measured) or ""
            yield Nearest(row.workflow_id, row.name, measured.miss.first or "", words)

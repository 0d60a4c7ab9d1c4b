"""The decisions of all workflows on one event, in the order that is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from app.logic.misses import Miss, count_clauses, find_miss
from app.storage.outcomes import DecidedEvent
from app.why.decisions.answers import Answered, DecisionKind, read_answer
from app.why.explain import describe_miss
from app.why.past import PastWorkflow

#: The places of decisions whose distance is not known, and of those that have none.
_NOT_REACHED, _OTHERS = (1, 0, 0, 0), (2, 0, 0, 0)
#: Seconds for which one request measures how far workflows are from matching.
BUDGET = 4.0


class Decision(NamedTuple):
    """What one workflow made of an event."""

    workflow: PastWorkflow
    kind: DecisionKind
    answered: Answered | None = None
    #: How far the trigger is from matching; None: it matched, or it was not measured.
    miss: Miss | None = None
    message: str | None = None

    @property
    def id(self) -> str:
        """The workflow."""
        return self.workflow.row.workflow_id


def decide_all(event: DecidedEvent, workflows: Iterable[PastWorkflow]) -> list[Decision]:
    """The decision of each workflow, without evaluating a trigger: it follows from the answer to the sender."""
    answered = read_answer(event.answer)
    return [_decide(workflow, answered.get(workflow.row.workflow_id)) for workflow in workflows]


def _decide(workflow: PastWorkflow, answered: Answered | None) -> Decision:
    if answered is not None:
        return Decision(workflow, answered.kind, answered, message=answered.message)
    if not workflow.row.is_active:
        return Decision(workflow, DecisionKind.INACTIVE)
    if workflow.problem is not None:
        return Decision(workflow, DecisionKind.ERROR, message=workflow.problem)
    return Decision(workflow, DecisionKind.NO_TRIGGER if workflow.rule is None else DecisionKind.NOT_MATCHED)


def measure(event: DecidedEvent, decision: Decision) -> Decision:
    """The same with how far its trigger is from matching, if it did not match."""
    rule = decision.workflow.rule
    if decision.kind is not DecisionKind.NOT_MATCHED or rule is None:
        return decision
    # It is known that the rule did not match, so it is not evaluated for that.
    miss = find_miss(rule, event.payload, extra={"$event": event.variables})
    return decision._replace(miss=miss if miss.failing else None)


def measure_all(
    event: DecidedEvent,
    decisions: Iterable[Decision],
    *,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
) -> list[Decision]:
    """Measure as many as ``budget`` seconds allow; the rest is left as it is."""
    until = clock() + budget
    return [measure(event, decision) if clock() < until else decision for decision in decisions]


def sort_by_distance(
    event: DecidedEvent,
    decisions: Iterable[Decision],
    *,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
) -> list[Decision]:
    """
    The nearest misses first, then those that ``budget`` left no time for, then all others; newest workflows first.

    The decisions are not measured thereby: only their order is found, which takes less.
    """
    until, extra, payload = clock() + budget, {"$event": event.variables}, event.payload
    not_matched = DecisionKind.NOT_MATCHED

    def distance_of(decision: Decision) -> tuple[int, int, int, int]:
        rule = decision.workflow.rule
        if decision.kind is not not_matched or rule is None:
            return _OTHERS
        if clock() >= until:
            return _NOT_REACHED
        fixed, failing, holding = count_clauses(rule, payload, extra=extra)
        # No event can change a clause that is the same for all data.
        return (0, fixed, failing, -holding) if failing else _NOT_REACHED

    return sorted(decisions, key=distance_of)


def select_decisions(
    decisions: Iterable[Decision], kinds: frozenset[DecisionKind] | None, text: str | None
) -> Iterator[Decision]:
    """Those of these kinds (None: any) whose workflow's name contains a text, whatever its case."""
    wanted = (text or "").casefold()
    for decision in decisions:
        if (kinds is None or decision.kind in kinds) and wanted in decision.workflow.row.name.casefold():
            yield decision


def page_after(decisions: Sequence[Decision], workflow_id: str | None, limit: int) -> tuple[Sequence[Decision], bool]:
    """At most ``limit`` decisions behind that of a workflow (None: from the first one); and whether there are more."""
    start = 0
    if workflow_id is not None:
        places = (place for place, decision in enumerate(decisions) if decision.id == workflow_id)
        start = next(places, len(decisions)) + 1
    return decisions[start : start + limit], len(decisions) > start + limit


def describe_first_failing(event: DecidedEvent, decision: Decision) -> str | None:
    """The first clause that fails, in words; None if none does."""
    if decision.miss is None or decision.workflow.rule is None:
        return None
    extra = {"$event": event.variables}
    return describe_miss(decision.workflow.rule.source, decision.miss, event.payload, extra=extra)

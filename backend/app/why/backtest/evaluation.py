"""The evaluation of a slice: its events are decided by both rules, and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.errors import RuleFailed
from app.logic.jsonlogic import Rule, compile_rule
from app.storage.backtests.backtests import Backtest
from app.storage.backtests.slices import PastEvent, Slice, read_events, store_part
from app.storage.database import Cursor
from app.storage.events import event_variables
from app.storage.ids import id_after
from app.storage.json_text import loads
from app.triggers.triggers import can_fire
from app.why.backtest.tally import ERROR, LOST, NEAR, NEW, OVER_TIME, SAME, SETS, Tally, Timeline
from app.why.backtest.trial import Trial

#: Seconds that one transaction evaluates, at most.
BUDGET = 0.5


@dataclass
class SliceEvaluator:
    """Decides the events of one backtest in one transaction."""

    backtest: Backtest
    tally: Tally = field(default_factory=Tally)
    sets: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in SETS})

    def __post_init__(self) -> None:
        self._trial = Trial(compile_rule(self.backtest.rule))
        baseline = self.backtest.baseline
        self._baseline = compile_rule(baseline) if can_fire(baseline) else None
        self._timeline = Timeline(self.backtest.from_time, self.backtest.to_time)
        self.with_properties = any(map(_reads_properties, (self._trial.rule, self._baseline)))

    def evaluate(self, event: PastEvent) -> None:
        """Decide an event and count it."""
        payload = loads(event.payload)
        extra = {"$event": _properties(event)} if self.with_properties else None
        verdict = self._trial.judge(payload, extra)
        before = self._baseline is not None and _holds(self._baseline, payload, extra)
        if verdict.matched:
            self._put(SAME if before else NEW, event)
        elif before:
            self._put(LOST, event)
        if verdict.near:
            self._put(NEAR, event)
        if verdict.failed:
            self._put(ERROR, event)

    def _put(self, kind: str, event: PastEvent) -> None:
        self.sets[kind].append(event.id)
        self.tally.counts[kind] += 1
        if kind in OVER_TIME:
            bucket = self.tally.buckets.setdefault(self._timeline.bucket_of(event.received_at), [0] * len(OVER_TIME))
            bucket[OVER_TIME.index(kind)] += 1

    def finish(self) -> Tally:
        """What was counted, clauses included."""
        self.tally.passed, self.tally.alone = self._trial.count_clauses()
        return self.tally


def evaluate_slice(
    cursor: Cursor,
    backtest: Backtest,
    part: Slice,
    *,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Evaluate a locked slice, for ``budget`` seconds at most, and store what was counted in the same transaction."""
    evaluator = SliceEvaluator(backtest)
    until, evaluated = clock() + budget, 0
    next_id: str | None = part.first_id
    while next_id is not None and clock() < until:
        events = read_events(cursor, backtest, next_id, part.end_id, with_properties=evaluator.with_properties)
        next_id = None
        for event in events:
            evaluator.evaluate(event)
            evaluated += 1
            next_id = event.id
            # A rule may take a third of a second for one event, and Postgres ends a transaction that is idle for long.
            if clock() >= until:
                break
        next_id = None if next_id is None else id_after(next_id)
    total = Tally.of(part.tally)
    total.add(evaluator.finish())
    store_part(cursor, part, evaluated=evaluated, tally=total.as_dict(), sets=evaluator.sets, next_id=next_id)


def _reads_properties(rule: Rule | None) -> bool:
    return rule is not None and (rule.dynamic or any(path[0] == "$event" for path in rule.beside))


def _properties(event: PastEvent) -> dict[str, object]:
    return event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )


def _holds(rule: Rule, payload: object, extra: Mapping[str, object] | None) -> bool:
    try:
        return rule.holds(payload, extra=extra)
    except RuleFailed:
        return False

"""The evaluation of a slice: its events are decided by both rules, and counted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.logic.jsonlogic import Rule, compile_rule
from app.storage.backtests.backtests import Backtest
from app.storage.backtests.slices import PastEvent, Slice, read_events, store_part
from app.storage.database import Cursor
from app.storage.events import event_variables
from app.storage.ids import id_after
from app.storage.json_text import loads
from app.triggers.triggers import can_fire
from app.why.backtest.batch import BatchJudge, holds
from app.why.backtest.tally import ERROR, LOST, NEAR, NEW, OVER_TIME, SAME, SETS, Tally, Timeline
from app.why.backtest.trial import Trial, Verdict

#: Seconds that one transaction evaluates, at most.
BUDGET = 0.5
#: Events that are decided together.
BATCH = 200


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
        self._judge = BatchJudge(self._trial, self._baseline)
        self._in_batches = self._judge.is_possible and not self.with_properties

    def evaluate(self, events: Sequence[PastEvent], is_over: Callable[[], bool]) -> int:
        """Decide events in their order until ``is_over``, and count them; returns how many, at least one."""
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            count = self._evaluate_batch(batch) or self._evaluate_each(batch, is_over)
            if count < len(batch) or is_over():
                return start + count
        return len(events)

    def _evaluate_batch(self, events: Sequence[PastEvent]) -> int:
        """Decide these events together; returns how many: none where they have to be decided one by one."""
        payloads = parse_all([event.payload for event in events]) if self._in_batches else None
        decided = None if payloads is None else self._judge.judge(payloads)
        if decided is None:
            # What made it impossible is likely to come again, and each attempt takes time.
            self._in_batches = False
            return 0
        found: dict[str, list[int]] = defaultdict(list)
        for verdict, before, places in decided:
            for kind in _sets_of(verdict, before):
                found[kind] += places
        for kind, places in found.items():
            self._put(kind, [events[place] for place in sorted(places)])
        return len(events)

    def _evaluate_each(self, events: Sequence[PastEvent], is_over: Callable[[], bool]) -> int:
        for count, event in enumerate(events, 1):
            payload = loads(event.payload)
            extra = {"$event": _properties(event)} if self.with_properties else None
            verdict = self._trial.judge(payload, extra)
            before = self._baseline is not None and holds(self._baseline, payload, extra)
            for kind in _sets_of(verdict, before):
                self._put(kind, [event])
            # A rule may take a third of a second for one event, and Postgres ends a transaction that is idle for long.
            if is_over():
                return count
        return len(events)

    def _put(self, kind: str, events: Sequence[PastEvent]) -> None:
        self.sets[kind] += [event.id for event in events]
        self.tally.counts[kind] += len(events)
        if kind in OVER_TIME:
            column = OVER_TIME.index(kind)
            for number, count in self._timeline.count_buckets([event.received_at for event in events]).items():
                self.tally.buckets.setdefault(number, [0] * len(OVER_TIME))[column] += count

    def finish(self) -> Tally:
        """What was counted, clauses included."""
        self.tally.passed, self.tally.alone = self._trial.count_clauses()
        return self.tally


def _sets_of(verdict: Verdict, before: bool) -> Iterator[str]:
    """The sets of an event by what both rules decide on it."""
    if verdict.matched:
        yield SAME if before else NEW
    elif before:
        yield LOST
    if verdict.near:
        yield NEAR
    if verdict.failed:
        yield ERROR


def parse_all(texts: Sequence[str]) -> list[Any] | None:
    """The values of JSON texts, parsed as one text, which is faster; None if that is not possible."""
    try:
        values = loads(f"[{','.join(texts)}]")
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, list) and len(values) == len(texts) else None


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

    def is_over() -> bool:
        return clock() >= until

    next_id: str | None = part.first_id
    while next_id is not None and not is_over():
        events = read_events(cursor, backtest, next_id, part.end_id, with_properties=evaluator.with_properties)
        count = evaluator.evaluate(events, is_over) if events else 0
        evaluated += count
        next_id = id_after(events[count - 1].id) if count else None
    total = Tally.of(part.tally)
    total.add(evaluator.finish())
    store_part(cursor, part, evaluated=evaluated, tally=total.as_dict(), sets=evaluator.sets, next_id=next_id)


def _reads_properties(rule: Rule | None) -> bool:
    return rule is not None and (rule.dynamic or any(path[0] == "$event" for path in rule.beside))


def _properties(event: PastEvent) -> dict[str, object]:
    return event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )

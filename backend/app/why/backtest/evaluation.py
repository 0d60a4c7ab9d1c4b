"""The evaluation of a slice: its events are decided by both rules, and counted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.logic.jsonlogic import Rule, compile_rule
from app.storage.backtests.slices import Block, PastEvent, Slice, read_blocks, read_events, store_part
from app.storage.backtests.work import Backtest
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
BLOCK = 200


@dataclass
class SliceEvaluator:
    """Decides the events of one backtest in one transaction."""

    backtest: Backtest
    tally: Tally = field(default_factory=Tally)
    sets: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in SETS})
    #: Events that were decided.
    decided: int = 0

    def __post_init__(self) -> None:
        self._trial = Trial(compile_rule(self.backtest.rule))
        baseline = self.backtest.baseline
        self._baseline = compile_rule(baseline) if can_fire(baseline) else None
        self._timeline = Timeline(self.backtest.from_time, self.backtest.to_time)
        self.with_properties = any(map(_reads_properties, (self._trial.rule, self._baseline)))
        self._judge = BatchJudge(self._trial, self._baseline)
        #: Events are decided in blocks, not one by one.
        self.in_blocks = self._judge.is_possible and not self.with_properties

    def evaluate_blocks(self, blocks: Sequence[Block], is_over: Callable[[], bool]) -> str | None:
        """
        Decide blocks in their order until ``is_over``, and count them; returns the id of the last event.

        A block whose events have to be decided one by one is left, as are those after it: ``in_blocks`` is False then.
        None: that was the first one.
        """
        last = None
        for block in blocks:
            self.in_blocks = self._evaluate_block(block)
            if not self.in_blocks:
                # What made it impossible is likely to come again, and each attempt takes time.
                return last
            last = block.ids[-1]
            self.decided += len(block.ids)
            if is_over():
                return last
        return last

    def _evaluate_block(self, block: Block) -> bool:
        """Decide the events of a block together; False where they have to be decided one by one."""
        payloads = parse_array(block.payloads, len(block.ids))
        decided = None if payloads is None else self._judge.judge(payloads)
        if decided is None:
            return False
        found: dict[str, list[int]] = defaultdict(list)
        for verdict, before, places in decided:
            for kind in _sets_of(verdict, before):
                found[kind] += places
        bucket = self._timeline.bucket_of_all(block.first_at, block.last_at)
        moments = block.received_times() if bucket is None else []
        for kind, places in found.items():
            places.sort()
            self._put(kind, [block.ids[place] for place in places])
            if kind in OVER_TIME:
                times = [moments[place] for place in places] if moments else []
                counts = self._timeline.count_buckets(times) if bucket is None else {bucket: len(places)}
                self._count_over_time(kind, counts)
        return True

    def evaluate(self, events: Sequence[PastEvent], is_over: Callable[[], bool]) -> str | None:
        """Decide events one by one until ``is_over``, and count them; returns the id of the last, None without any."""
        last = None
        for event in events:
            payload = loads(event.payload)
            extra = {"$event": _properties(event)} if self.with_properties else None
            verdict = self._trial.judge(payload, extra)
            before = self._baseline is not None and holds(self._baseline, payload, extra)
            for kind in _sets_of(verdict, before):
                self._put(kind, [event.id])
                if kind in OVER_TIME:
                    self._count_over_time(kind, self._timeline.count_buckets([event.received_at]))
            last = event.id
            self.decided += 1
            # A rule may take a third of a second for one event, and Postgres ends a transaction that is idle for long.
            if is_over():
                break
        return last

    def _put(self, kind: str, ids: Sequence[str]) -> None:
        self.sets[kind] += ids
        self.tally.counts[kind] += len(ids)

    def _count_over_time(self, kind: str, buckets: Mapping[int, int]) -> None:
        column = OVER_TIME.index(kind)
        for number, count in buckets.items():
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


def parse_array(text: str, count: int) -> list[Any] | None:
    """The values of the text of an array of ``count`` values; None if it is not that."""
    try:
        values = loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, list) and len(values) == count else None


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
    until = clock() + budget

    def is_over() -> bool:
        return clock() >= until

    next_id: str | None = part.first_id
    while next_id is not None and not is_over():
        if evaluator.in_blocks:
            blocks = read_blocks(cursor, backtest, next_id, part.end_id, size=BLOCK)
            last = evaluator.evaluate_blocks(blocks, is_over)
            if last is None and blocks:
                continue
        else:
            properties = evaluator.with_properties
            events = read_events(cursor, backtest, next_id, part.end_id, with_properties=properties)
            last = evaluator.evaluate(events, is_over)
        next_id = None if last is None else id_after(last)
    total = Tally.of(part.tally)
    total.add(evaluator.finish())
    store_part(cursor, part, evaluated=evaluator.decided, tally=total.as_dict(), sets=evaluator.sets, next_id=next_id)


def _reads_properties(rule: Rule | None) -> bool:
    return rule is not None and (rule.dynamic or any(path[0] == "$event" for path in rule.beside))


def _properties(event: PastEvent) -> dict[str, object]:
    return event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )

"""
Two rules on many events at a time: each clause is evaluated for all of them before the next one.

Which clauses are true decides both rules, so their decisions are made once for each combination, by the rules
themselves, and then remembered. A clause that both rules have is evaluated once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from app.errors import RuleFailed
from app.logic.closures import Code
from app.logic.coercion import truthy
from app.logic.evaluation import Evaluation
from app.logic.pointer import follow_pointer
from app.logic.rule import Rule
from app.storage.json_text import dumps
from app.why.backtest.trial import MOST_CLAUSES, MOST_REMEMBERED, Trial, Verdict, leaves_of

#: The truth of each clause, in the order of the clauses.
Combination = tuple[bool, ...]


class Decided(NamedTuple):
    """What both rules decide on the events of one combination, and the places of these events in the batch."""

    verdict: Verdict
    #: The other rule matches.
    before: bool
    places: Sequence[int]


class BatchJudge:
    """A rule, and the one that it is compared with, on batches of events without metadata."""

    def __init__(self, trial: Trial, baseline: Rule | None) -> None:
        self.trial = trial
        self.baseline = baseline
        self._runs = _runs_of(trial, baseline)
        self._decisions: dict[Combination, tuple[Verdict, bool]] = {}

    @property
    def is_possible(self) -> bool:
        """False if a rule has too many clauses, or an operator of the deployment, which may take any time."""
        return bool(self._runs)

    def judge(self, payloads: Sequence[Any]) -> list[Decided] | None:
        """
        Decide a batch, and count its clauses in the trial; None: they have to be decided one by one.

        All events share the work that one may cause. So where it is enough for all of them, it is for each.
        """
        combinations = self._combine(payloads)
        if combinations is None:
            return None
        places: dict[Combination, list[int]] = defaultdict(list)
        for place, combination in enumerate(combinations):
            places[combination].append(place)
        for combination, found in places.items():
            if combination not in self._decisions:
                decision = self._decide(payloads[found[0]])
                if decision[0].failed or len(self._decisions) >= MOST_REMEMBERED:
                    return None
                self._decisions[combination] = decision
        own = len(self.trial.leaves)
        decided = []
        for combination, found in places.items():
            verdict, before = self._decisions[combination]
            self.trial.count(combination[:own], len(found), verdict)
            decided.append(Decided(verdict, before, found))
        return decided

    def _combine(self, payloads: Sequence[Any]) -> Iterable[Combination] | None:
        work = Evaluation()
        columns = []
        try:
            for is_boolean, run in self._runs:
                values = [run(payload, work) for payload in payloads]
                if not is_boolean:
                    values = [value is True or (value is not False and truthy(value)) for value in values]
                columns.append(values)
        except RuleFailed:
            return None
        return zip(*columns, strict=True)

    def _decide(self, payload: Any) -> tuple[Verdict, bool]:
        return self.trial.decide(payload), self.baseline is not None and holds(self.baseline, payload)


def holds(rule: Rule, payload: Any, extra: Any = None) -> bool:
    """True if a rule holds; False also where it is stopped."""
    try:
        return rule.holds(payload, extra=extra)
    except RuleFailed:
        return False


def _runs_of(trial: Trial, baseline: Rule | None) -> list[tuple[bool, Callable[[Any, Evaluation], Any]]]:
    """The clauses of both rules, first those of the trial; none if a batch is not possible."""
    rules = [trial.rule] if baseline is None else [trial.rule, baseline]
    others = [] if baseline is None else leaves_of(baseline)
    if not trial.leaves or len(others) > MOST_CLAUSES or any(rule.custom for rule in rules):
        return []
    seen = {dumps(follow_pointer(trial.rule.source, leaf.pointer)) for leaf in trial.leaves}
    codes: list[Code] = [leaf.code for leaf in trial.leaves]
    for leaf in others:
        source = dumps(follow_pointer(baseline.source if baseline else None, leaf.pointer))
        if source not in seen:
            seen.add(source)
            codes.append(leaf.code)
    return [(code.boolean, code.run) for code in codes]

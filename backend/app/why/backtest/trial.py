"""A rule that is tried on many events: its clauses are evaluated one by one, and the decision follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.errors import RuleFailed
from app.logic.closures import Code
from app.logic.coercion import truthy
from app.logic.evaluation import Evaluation
from app.logic.pointer import child
from app.logic.rule import Rule
from app.why.explain import decide

#: Clauses of a rule that are counted; of a rule with more, only decisions are.
MOST_CLAUSES = 60
#: Combinations of true clauses whose decision is remembered.
MOST_REMEMBERED = 10_000
#: Stands for the combination of an event on which a clause raised.
_RAISED = -1


class Verdict(NamedTuple):
    """What a rule decides on an event."""

    matched: bool
    #: It was stopped with an error.
    failed: bool
    #: Exactly one clause fails, and at least one other holds.
    near: bool
    #: The number of the clause that alone keeps it from matching; None: it is not one alone.
    alone: int | None


class Leaf(NamedTuple):
    """A clause that is not made of others: what ``and``, ``or``, ``if``, ``!`` and ``!!`` combine."""

    pointer: str
    code: Code


def leaves_of(rule: Rule) -> list[Leaf]:
    """The clauses of a rule, from left to right."""
    return list(_leaves(rule.code, rule.source, ""))


def _leaves(code: Code, source: Any, pointer: str) -> Iterator[Leaf]:
    if not code.parts:
        yield Leaf(pointer, code)
        return
    ((name, arguments),) = source.items()
    inside = child(pointer, name)
    if not isinstance(arguments, (list, tuple)):
        yield from _leaves(code.parts[0], arguments, inside)
        return
    for index, part in enumerate(code.parts):
        yield from _leaves(part, arguments[index], f"{inside}/{index}")


class Trial:
    """
    One rule on many events.

    Which clauses are true decides everything else, so the decision of each combination is made once, by the rule
    itself, and then remembered. Where a clause raises, or there are too many clauses, the rule decides every time.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        found = leaves_of(rule)
        #: Empty for a rule of too many clauses.
        self.leaves = found if len(found) <= MOST_CLAUSES else []
        self.places = {leaf.pointer: number for number, leaf in enumerate(self.leaves)}
        self._runs = [(1 << number, leaf.code.run) for number, leaf in enumerate(self.leaves)]
        self._verdicts: dict[int, Verdict] = {}
        #: Events by the combination of clauses that were true.
        self.combinations: dict[int, int] = {}

    def judge(self, data: Any, extra: Mapping[str, Any] | None = None) -> Verdict:
        """What the rule decides on an event; counts the clauses that are true."""
        combination = self._combine(data, extra)
        if combination == _RAISED:
            return self.decide(data, extra)
        self.combinations[combination] = self.combinations.get(combination, 0) + 1
        verdict = self._verdicts.get(combination)
        if verdict is None:
            verdict = self.decide(data, extra)
            if not verdict.failed and len(self._verdicts) < MOST_REMEMBERED:
                self._verdicts[combination] = verdict
        return verdict

    def _combine(self, data: Any, extra: Mapping[str, Any] | None) -> int:
        if not self._runs:
            return _RAISED
        work, found = Evaluation(extra), 0
        try:
            for bit, run in self._runs:
                value = run(data, work)
                if value is True or (value is not False and truthy(value)):
                    found |= bit
        except RuleFailed:
            return _RAISED
        return found

    def count(self, truths: Sequence[bool], events: int, verdict: Verdict) -> None:
        """Count events of which these clauses are true, and on which the rule decided so."""
        combination = sum(1 << number for number, truth in enumerate(truths) if truth)
        self.combinations[combination] = self.combinations.get(combination, 0) + events
        if len(self._verdicts) < MOST_REMEMBERED:
            self._verdicts.setdefault(combination, verdict)

    def decide(self, data: Any, extra: Mapping[str, Any] | None = None) -> Verdict:
        """What the rule decides on an event, without counting its clauses."""
        decision, miss, _ = decide(self.rule, data, extra=extra)
        if miss is None:
            return Verdict(decision == "matched", decision == "error", False, None)
        alone = self.places.get(miss.first or "") if miss.failing == 1 else None
        return Verdict(False, False, miss.is_near, alone)

    def count_clauses(self) -> tuple[list[int], list[int]]:
        """For each clause, the events that passed it, and those that failed by it alone; the count begins anew."""
        passed, alone = [0] * len(self.leaves), [0] * len(self.leaves)
        for combination, events in self.combinations.items():
            for number in range(len(self.leaves)):
                passed[number] += events if combination >> number & 1 else 0
            verdict = self._verdicts.get(combination)
            if verdict is not None and verdict.alone is not None:
                alone[verdict.alone] += events
        self.combinations = {}
        return passed, alone

"""Explain the decision of a rule on an event: the sentence, the clauses with their values, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import RuleFailed
from app.logic.clauses import Clause
from app.logic.misses import Miss, find_miss
from app.logic.pointer import follow_pointer
from app.logic.rule import Rule
from app.logic.tracing import MAX_CLAUSES, trace
from app.why.wording.sentences import TRIGGER, describe_clause, join_alternatives

#: Clauses that the sentence about a match names.
_NAMED = 3

RuleDecision = Literal["matched", "not_matched", "error"]


@dataclass(frozen=True)
class Explanation:
    """The decision of one rule on one event, with its reasons."""

    decision: RuleDecision
    #: The reason in one sentence.
    sentence: str
    #: The rule, clause by clause.
    tree: Clause
    #: A JSON Pointer into the rule, and its clause in words without a full stop; None if the rule matches.
    first_failing: str | None
    first_failing_words: str | None
    #: Clauses that fail; those that were skipped count by what they would be.
    failing: int
    #: True if exactly one clause fails and at least one other holds.
    near: bool
    #: True if parts of the tree are left out, because it is too large.
    truncated: bool
    #: The rule, compiled; None if it is empty.
    rule: Rule | None = None


def explain(
    rule: Any, payload: Any, event_metadata: Mapping[str, Any] | None = None, *, asker: str = TRIGGER
) -> Explanation:
    """
    Explain what a rule decides on an event.

    ``event_metadata`` is what the rule reads as ``$event``. ``asker`` names the rule in sentences, such as "the case".
    A rule that cannot fire, as null, does not match. Raises InvalidRule.
    """
    extra = {"$event": event_metadata} if event_metadata is not None else None
    return explain_with(rule, payload, extra, asker=asker)


def explain_with(
    rule: Any,
    data: Any,
    extra: Mapping[str, Any] | None,
    *,
    asker: str = TRIGGER,
    max_clauses: int = MAX_CLAUSES,
) -> Explanation:
    """Explain what a rule decides on data; ``extra`` has its ``$`` variables. Raises InvalidRule."""
    if rule is None or rule == {}:
        return _without_rule(rule, asker)
    found = trace(rule, data, extra=extra, max_clauses=max_clauses)
    compiled = found.rule
    if found.error is not None:
        sentence = f"{_capital(asker)} gave up: {found.error}"
        return Explanation("error", sentence, found.root, None, None, 0, False, found.truncated, compiled)
    if found.root.truthy:
        sentence = f"It matches: {_describe_match(found.root, asker)}."
        return Explanation("matched", sentence, found.root, None, None, 0, False, found.truncated, compiled)
    miss = find_miss(compiled, data, extra=extra)
    words = describe_miss(rule, miss, data, extra=extra, asker=asker, tree=found.root)
    return Explanation(
        decision="not_matched",
        sentence=_explain_miss(words, miss),
        tree=found.root,
        first_failing=miss.first,
        first_failing_words=words,
        failing=miss.failing,
        near=miss.is_near,
        truncated=found.truncated,
        rule=compiled,
    )


def decide(rule: Rule, data: Any, *, extra: Mapping[str, Any] | None = None) -> tuple[RuleDecision, Miss | None, str]:
    """
    What a rule decides, how far it is from matching, and the message if it was stopped.

    The cheap part of ``explain``, for one event and many rules; ``describe_miss`` puts the miss into words.
    """
    try:
        if rule.holds(data, extra=extra):
            return "matched", None, ""
    except RuleFailed as error:
        return "error", None, str(error)
    return "not_matched", find_miss(rule, data, extra=extra), ""


def describe_miss(
    rule: Any,
    miss: Miss,
    data: Any,
    *,
    extra: Mapping[str, Any] | None = None,
    asker: str = TRIGGER,
    tree: Clause | None = None,
) -> str:
    """
    The first clause that fails, in words without a full stop.

    Only that clause is evaluated again, and none if ``tree``, the trace of the rule, has it.
    """
    if miss.first is None:
        return ""

    def find(pointer: str) -> Clause:
        known = None if tree is None else _clause_at(tree, pointer)
        return known or trace(follow_pointer(rule, pointer), data, extra=extra).root

    above, _, last = miss.first.rpartition("/")
    group, _, operator = above.rpartition("/")
    if last.isdigit() and operator == ("or" if miss.wanted else "and"):
        joined = join_alternatives(find(group).args, miss.wanted, asker)
        if joined is not None:
            return joined
    return describe_clause(find(miss.first), miss.wanted, asker)


def _clause_at(tree: Clause, pointer: str) -> Clause | None:
    """The clause at a pointer, outside of the bodies of loops; None if it was left out."""
    clause: Clause | None = tree
    while clause is not None and clause.pointer != pointer:
        clause = next((arg for arg in clause.args if f"{pointer}/".startswith(f"{arg.pointer}/")), None)
    return None if clause is None or clause.truncated or clause.error else clause


def _explain_miss(words: str, miss: Miss) -> str:
    others = miss.failing - 1
    more = f" {others} more clause{' fails' if others == 1 else 's fail'}." if others else ""
    return f"It did not start because {words}.{more}"


def _describe_match(root: Clause, asker: str) -> str:
    clauses = [*_holding(root)]
    named = [describe_clause(clause, True, asker) for clause in clauses[:_NAMED]]
    more = len(clauses) - len(named)
    return "; ".join(named) + (f"; and {more} more clause{' holds' if more == 1 else 's hold'}" if more else "")


def _holding(clause: Clause) -> Iterator[Clause]:
    """The clauses that make a true one true."""
    if clause.op == "and" and clause.args:
        for arg in clause.args:
            yield from _holding(arg)
    elif clause.op == "or" and clause.args:
        yield from _holding(next((arg for arg in clause.args if arg.truthy), clause.args[-1]))
    elif clause.op in ("if", "?:") and len(clause.args) > 1:
        pairs = range(0, len(clause.args) - 1, 2)
        taken = next((place for place in pairs if clause.args[place].truthy), None)
        if taken is not None:
            yield from _holding(clause.args[taken])
            if not clause.args[taken + 1].literal:
                yield from _holding(clause.args[taken + 1])
        else:
            yield clause.args[-1]
    else:
        yield clause


def _without_rule(rule: Any, asker: str) -> Explanation:
    """A trigger that no event meets: it is absent, null or ``{}``."""
    words = f"{asker} is empty, and an empty one is met by no event"
    return Explanation(
        decision="not_matched",
        sentence=f"It did not start because {words}.",
        tree=Clause("", "literal", rule, None),
        first_failing="",
        first_failing_words=words,
        failing=1,
        near=False,
        truncated=False,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

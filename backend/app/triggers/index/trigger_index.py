"""The index of triggers: find those that can match an event without evaluating the others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from app.errors import RuleFailed
from app.logic.evaluation import Evaluation
from app.logic.jsonlogic import Rule, compile_rule
from app.triggers.index.lookup import Lookup, LookupEntry, Query
from app.triggers.index.predicates import predicates

Id = TypeVar("Id", bound=Hashable)

#: Triggers that changed after the lookup was built are always candidates; with more of them it is built again.
_MOST_CHANGES = 64


class TriggerIndex(Generic[Id]):
    """
    Triggers by their predicates; an index never changes, so any number of threads may use it.

    It only saves work: every trigger that matches an event is a candidate for it, and so is every trigger whose
    operators would raise on it.
    """

    def __init__(self, rules: Iterable[tuple[Id, Any]]) -> None:
        """Build the index of these triggers, compiled or not; ``null`` and ``{}`` never fire."""
        self._rules: dict[Id, Rule] = {key: rule for key, source in rules if (rule := _compile_trigger(source))}
        self._filed = list(self._rules.items())
        self._lookup = Lookup([LookupEntry(number, predicates(rule)) for number, (_, rule) in enumerate(self._filed)])
        self._changed: dict[Id, Rule | None] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def rule_of(self, key: Id) -> Rule | None:
        """The compiled trigger of this key, if it has one."""
        return self._rules.get(key)

    def candidates(self, event: Any, *, extra: Mapping[str, Any] | None = None) -> list[tuple[Id, Rule]]:
        """The triggers that may match this event, with what ``extra`` gives their ``$`` variables."""
        query = Query(event, Evaluation(extra))
        try:
            self._lookup.find(query)
        except RuleFailed:
            return list(self._rules.items())
        found = [self._filed[number] for number in sorted(set(query.found))]
        if not self._changed:
            return found
        kept = [(key, rule) for key, rule in found if key not in self._changed]
        return kept + [(key, rule) for key, rule in self._changed.items() if rule]

    def updated(self, changes: Mapping[Id, Any]) -> TriggerIndex[Id]:
        """The index with these triggers added, replaced or, if they are ``None``, removed."""
        compiled = {key: _compile_trigger(source) for key, source in changes.items()}
        rules, changed = {**self._rules, **compiled}, {**self._changed, **compiled}
        if len(changed) > _MOST_CHANGES:
            return TriggerIndex(rules.items())
        index: TriggerIndex[Id] = object.__new__(TriggerIndex)
        index._rules = {key: rule for key, rule in rules.items() if rule}
        index._filed, index._lookup, index._changed = self._filed, self._lookup, changed
        return index


def _compile_trigger(source: Any) -> Rule | None:
    """The rule of a trigger; ``None`` if the trigger can never fire."""
    rule = source if isinstance(source, Rule) else None
    trigger = rule.source if rule else source
    if trigger is None or (isinstance(trigger, dict) and not trigger):
        return None
    return rule or compile_rule(trigger)

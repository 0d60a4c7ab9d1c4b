"""The index of triggers: find those that can match an event without evaluating the others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from app.errors import RuleFailed
from app.logic.evaluation import Evaluation
from app.logic.rule import BareRule, Rule
from app.triggers.index.entries import LookupEntry
from app.triggers.index.lookup import Lookup, Query
from app.triggers.index.rule_cache import MOST_TEXT, RuleCache
from app.triggers.index.rule_store import RuleStore
from app.triggers.index.stored_rule import StoredRule, compile_trigger, store_trigger

Id = TypeVar("Id", bound=Hashable)

#: Triggers that changed after the lookup was built are always candidates; with more of them it is built again.
_MOST_CHANGES = 64


class TriggerIndex(Generic[Id]):
    """
    Triggers by their predicates; an index never changes, so any number of threads may use it.

    It only saves work: every trigger that matches an event is a candidate for it, and so is every trigger whose
    operators would raise on it.

    A trigger is kept as text. It is compiled when it is a candidate, and the compiled form is kept in a cache.
    """

    def __init__(self, rules: Iterable[tuple[Id, Any]], *, most_text: int = MOST_TEXT) -> None:
        """Build the index of these triggers, compiled, stored or neither; ``null`` and ``{}`` never fire."""
        self._keys: list[Id] = []
        self._stored = RuleStore()
        for key, source in rules:
            stored = store_trigger(source)
            if stored is not None:
                self._keys.append(key)
                self._stored.append(stored)
        self._lookup = Lookup(range(len(self._keys)), lambda number: LookupEntry(self._stored[number].predicates()))
        self._cache: RuleCache[Id] = RuleCache(most_text)
        self._most_text = most_text
        self._changed: dict[Id, tuple[StoredRule, BareRule] | None] = {}

    def __len__(self) -> int:
        return sum(rule is not None for _, rule in self._all(_stored_rules(self._changed)))

    def _all(self, changed: dict[Id, StoredRule | None]) -> Iterator[tuple[Id, StoredRule | None]]:
        """The triggers of the lookup, changed ones in their places, then those that were added."""
        for number, key in enumerate(self._keys):
            yield key, changed.pop(key) if key in changed else self._stored[number]
        yield from changed.items()

    def candidates(self, event: Any, *, extra: Mapping[str, Any] | None = None) -> list[tuple[Id, BareRule]]:
        """The triggers that may match this event, with what ``extra`` gives their ``$`` variables."""
        query = Query(event, Evaluation(extra))
        try:
            self._lookup.find(query)
        except RuleFailed:
            query.found = list(range(len(self._keys)))
        recent = self._cache.begin_event()
        found = [recent.get(number) or self._compile(number) for number in sorted(set(query.found))]
        if not self._changed:
            return found
        kept = [trigger for trigger in found if trigger[0] not in self._changed]
        return kept + [(key, change[1]) for key, change in self._changed.items() if change is not None]

    def _compile(self, number: int) -> tuple[Id, BareRule]:
        """A trigger that was not evaluated lately."""
        stored = self._stored[number]
        trigger = self._cache.find_older(number) or (self._keys[number], stored.compile().bare)
        self._cache.keep(number, trigger, len(stored.text))
        return trigger

    def updated(self, changes: Mapping[Id, Any] | Iterable[tuple[Id, Any]]) -> TriggerIndex[Id]:
        """The index with these triggers added, replaced or, if they are ``None``, removed."""
        pairs = iter(changes.items() if isinstance(changes, Mapping) else changes)
        if not self._keys and not self._changed:
            return TriggerIndex(pairs, most_text=self._most_text)
        changed = dict(self._changed)
        for key, source in pairs:
            changed[key] = _change(compile_trigger(source))
            if len(changed) > _MOST_CHANGES:
                rules = _stored_rules(changed)
                rules.update((key, store_trigger(source)) for key, source in pairs)
                return self._rebuilt(rules)
        index: TriggerIndex[Id] = object.__new__(TriggerIndex)
        index._keys, index._stored, index._lookup = self._keys, self._stored, self._lookup
        index._cache, index._most_text, index._changed = self._cache, self._most_text, changed
        return index

    def _rebuilt(self, changed: dict[Id, StoredRule | None]) -> TriggerIndex[Id]:
        """A new index; what is compiled and has not changed is not compiled again."""
        kept = {key: rule for key, rule in self._cache.list_compiled().items() if key not in changed}
        index = TriggerIndex(self._all(changed), most_text=self._most_text)
        for number, key in enumerate(index._keys):
            if key in kept:
                index._cache.keep(number, (key, kept[key]), len(index._stored[number].text))
        return index


def _change(rule: Rule | None) -> tuple[StoredRule, BareRule] | None:
    return None if rule is None else (StoredRule.of(rule), rule.bare)


def _stored_rules(changed: Mapping[Id, tuple[StoredRule, BareRule] | None]) -> dict[Id, StoredRule | None]:
    return {key: None if change is None else change[0] for key, change in changed.items()}

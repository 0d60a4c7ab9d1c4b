"""A trigger as text: an eighth of the memory of the parsed trigger, from which it is compiled when it is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from app.logic.exact_float import write_json
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.rule import Functions
from app.storage.json_text import loads
from app.triggers.index.predicates import Predicates, predicates_of

# Infinity is written too: 1e999 is a number of JSON.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

#: Keeps lone surrogates, which JSON can have.
_SURROGATES = "surrogatepass"


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule that was compiled once, and can be compiled again to the same."""

    #: The rule as JSON in UTF-8.
    text: bytes
    #: The operators of the deployment that it uses, as they were registered when it was first compiled.
    functions: Functions

    @classmethod
    def of(cls, rule: Rule) -> StoredRule:
        """Keep the text of a compiled rule."""
        return cls(write_json(rule.source, _encode).encode(errors=_SURROGATES), rule.functions)

    def read_source(self) -> Any:
        """The rule as its author wrote it."""
        return loads(self.text.decode(errors=_SURROGATES))

    def compile(self) -> Rule:
        """The compiled rule."""
        return compile_rule(self.read_source(), self.functions)

    def predicates(self) -> Predicates:
        """The predicates of the rule."""
        return predicates_of(self.read_source(), frozenset(self.functions))


def store_trigger(source: Any) -> StoredRule | None:
    """A trigger, compiled or not, as it is kept; ``None`` if it can never fire. Raises InvalidRule."""
    if isinstance(source, StoredRule):
        return source
    rule = compile_trigger(source)
    return None if rule is None else StoredRule.of(rule)


def compile_trigger(source: Any) -> Rule | None:
    """The rule of a trigger, compiled already or not; ``None`` if it can never fire. Raises InvalidRule."""
    rule = source if isinstance(source, Rule) else None
    trigger = rule.source if rule else source
    if trigger is None or (isinstance(trigger, dict) and not trigger):
        return None
    return rule or compile_rule(trigger)

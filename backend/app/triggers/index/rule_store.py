"""The texts of many triggers, one after the other."""

from __future__ import annotations

from array import array

from app.logic.jsonlogic import NO_FUNCTIONS
from app.logic.rule import Functions
from app.triggers.index.stored_rule import StoredRule


class RuleStore:
    """Stored rules by their numbers: eight bytes each beside their texts, as an object a rule takes a hundred more."""

    __slots__ = ("_ends", "_functions", "_texts")

    def __init__(self) -> None:
        self._texts = bytearray()
        self._ends = array("q", [0])
        #: Of the few rules that use operators of the deployment.
        self._functions: dict[int, Functions] = {}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> StoredRule:
        text = bytes(self._texts[self._ends[number] : self._ends[number + 1]])
        return StoredRule(text, self._functions.get(number, NO_FUNCTIONS))

    def append(self, rule: StoredRule) -> None:
        """Add a rule, whose number is that of the rules before it."""
        if rule.functions:
            self._functions[len(self)] = rule.functions
        self._texts += rule.text
        self._ends.append(len(self._texts))

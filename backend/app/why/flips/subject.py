"""A rule and an event that are changed to turn the rule's answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from app.errors import InvalidRule, RuleFailed
from app.logic.clauses import Clause
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.jsonlogic import compile_rule
from app.logic.rule import Rule
from app.logic.similar_paths import Path, meant_path, paths_of
from app.logic.variables import follow_path
from app.why.flips.goals import Goal
from app.why.flips.options import constants_of

#: Clauses in which values are found.
_LOOKED_AT = 500
_EVENT = "$event"


class Subject:
    """A rule and an event to change."""

    def __init__(
        self,
        rule: Any,
        payload: Any,
        extra: Mapping[str, Any],
        tree: Clause,
        *,
        compiled: Rule | None = None,
        grown: bool = False,
    ) -> None:
        self.rule = rule
        #: True if the event has a list with an element that was added to try it.
        self.grown = grown
        self.payload = payload
        self.extra = extra
        self.tree = tree
        self.compiled = compiled or compile_rule(rule)
        self._parts: dict[int, Rule | None] = {}
        self._meant: dict[Path | None, Path | None] = {}

    @cached_property
    def document(self) -> Any:
        """The event, with its metadata as the key ``$event`` unless it has one of its own."""
        if isinstance(self.payload, dict) and _EVENT not in self.payload and _EVENT in self.extra:
            return {**self.payload, _EVENT: self.extra[_EVENT]}
        return self.payload

    def split(self, document: Any) -> tuple[Any, Mapping[str, Any]]:
        """The payload and the ``$`` variables of a changed document."""
        if document is self.payload or self.document is self.payload:
            return document, self.extra
        payload = {key: value for key, value in document.items() if key != _EVENT}
        return payload, {**self.extra, _EVENT: document.get(_EVENT)}

    def holds(self, document: Any) -> bool | None:
        """The answer of the rule on a changed document; None if the evaluation is stopped."""
        payload, extra = self.split(document)
        return evaluate(self.compiled, payload, extra)

    def meets(self, goal: Goal, document: Any) -> bool:
        """True if a clause has the wanted answer on a changed document."""
        payload, extra = self.split(document)
        base = goal.clause.base
        if goal.path is not None:
            value = follow_path(document, goal.path, Evaluation())
            return (value is not UNDEFINED and value is not None and value != "") is goal.wanted
        data = goal.clause.data if base is None else follow_path(payload, base, Evaluation())
        compiled = self._compile(goal.clause)
        return compiled is not None and evaluate(compiled, data, extra) is goal.wanted

    def _compile(self, clause: Clause) -> Rule | None:
        key = id(clause)
        if key not in self._parts:
            try:
                self._parts[key] = compile_rule(clause.source)
            except InvalidRule:
                self._parts[key] = None
        return self._parts[key]

    @cached_property
    def known_paths(self) -> frozenset[Path]:
        """The paths of the event."""
        return paths_of(self.document)

    def meant(self, path: Path | None) -> Path | None:
        """The path of the event that a path which is not there probably means."""
        if path not in self._meant:
            self._meant[path] = None if path is None else meant_path(path, self.known_paths, self.document)
        return self._meant[path]

    @cached_property
    def constants(self) -> dict[Path, list[Any]]:
        """The values that the clauses of the rule accept, by path."""
        return constants_of(islice(self.tree.walk(), _LOOKED_AT))


def evaluate(rule: Rule, data: Any, extra: Mapping[str, Any]) -> bool | None:
    """True if a rule holds; None if its evaluation is stopped."""
    try:
        return rule.holds(data, extra=extra)
    except RuleFailed:
        return None

"""A compiled rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.logic.closures import Code, Run
from app.logic.coercion import truthy
from app.logic.evaluation import UNDEFINED, Evaluation, check_size
from app.logic.variables import STEPS, longest_id

#: Operators of the deployment by their names.
Functions = Mapping[str, Callable[..., Any]]


class BareRule:
    """What evaluates a rule, without its source and its structure: a fraction of the memory of the rule."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def holds(self, data: Any, *, extra: Mapping[str, Any] | None = None) -> bool:
        """True if the value of the rule is true in JSONLogic. Raises RuleFailed."""
        value = self.run(data, Evaluation(extra))
        return value is True or (value is not False and truthy(value))


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """A compiled rule. It has no state, so any number of threads can use it."""

    #: The rule as its author wrote it.
    source: Any
    #: True if it computes names of variables.
    dynamic: bool
    #: The operators of the deployment that it uses.
    custom: frozenset[str]
    #: The paths that start with ``$``.
    beside: frozenset[tuple[str, ...]]
    code: Code
    #: True if its value may be new, so that its size is checked.
    builds: bool
    #: The functions of ``custom``.
    functions: Functions

    @property
    def bare(self) -> BareRule:
        """The rule without its source and its structure."""
        return BareRule(self.code.run)

    def evaluate(self, data: Any, *, extra: Mapping[str, Any] | None = None) -> Any:
        """The value of the rule for this data; ``extra`` has its ``$`` variables. Raises RuleFailed."""
        value = self.code.run(data, Evaluation(extra))
        if self.builds:
            check_size(value)
        return None if value is UNDEFINED else value

    def holds(self, data: Any, *, extra: Mapping[str, Any] | None = None) -> bool:
        """True if the value of the rule is true in JSONLogic. Raises RuleFailed."""
        value = self.code.run(data, Evaluation(extra))
        return value is True or (value is not False and truthy(value))

    def steps(self, node_ids: Collection[str]) -> frozenset[str] | None:
        """The nodes of these whose outputs the rule reads; None if that is not known, so perhaps all."""
        paths = [path[1:] for path in self.beside if path[0] == STEPS]
        if self.dynamic or () in paths:
            return None
        return frozenset(node for path in paths if (node := longest_id(path, node_ids)) is not None)

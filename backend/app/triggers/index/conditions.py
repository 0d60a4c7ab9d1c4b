"""Conditions on one variable that an index can look up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from app.logic.coercion import loosely_equal, to_number
from app.logic.evaluation import Evaluation
from app.logic.operators import is_in


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable whose path is a constant of the rule."""

    path: tuple[str, ...]
    #: Its value if the event has none.
    default: Any = None


@dataclass(frozen=True, slots=True)
class Equals:
    """The variable is loosely equal to a constant."""

    variable: Variable
    value: Any

    def accepts(self, value: Any) -> bool:
        """True if the condition holds for this value."""
        return self.value is None if value is None else loosely_equal(value, self.value, Evaluation())


@dataclass(frozen=True, slots=True)
class Between:
    """The variable, as a number, is in a closed interval, also if the rule excludes the ends."""

    variable: Variable
    low: float = -math.inf
    high: float = math.inf

    def accepts(self, value: Any) -> bool:
        """True if the condition holds for this value."""
        return self.low <= to_number(value, Evaluation()) <= self.high


@dataclass(frozen=True, slots=True)
class Contains:
    """The variable is an array or a text that contains a constant."""

    variable: Variable
    value: Any

    def accepts(self, value: Any) -> bool:
        """True if the condition holds for this value."""
        return is_in(Evaluation(), self.value, value)


@dataclass(frozen=True, slots=True)
class Present:
    """The variable is not null."""

    variable: Variable

    def accepts(self, value: Any) -> bool:
        """True if the condition holds for this value."""
        return value is not None


Condition = Equals | Between | Contains | Present

#: Conditions of which at least one must hold; if there are none, the rule never matches.
AnyOf = tuple[Condition, ...]

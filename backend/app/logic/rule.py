"""A compiled rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.logic.closures import Code
from app.logic.coercion import truthy
from app.logic.evaluation import UNDEFINED, Evaluation, check_size
from app.logic.variables import STEPS, longest_id


@dataclass(frozen=True, eq=False)
class Rule:
    """A compiled rule; it keeps no state, so any number of threads may ask it."""

    #: The rule as its author wrote it.
    source: Any
    #: Whether it reads variables whose names it computes.
    dynamic: bool
    #: The operators of the deployment that it uses.
    custom: frozenset[str]
    #: The paths that start with ``$``, wherever they stand.
    beside: frozenset[tuple[str, ...]]
    _code: Code
    _builds: bool

    def evaluate(self, data: Any, *, extra: Mapping[str, Any] | None = None) -> Any:
        """The rule's answer on this data; ``extra`` is what its ``$`` variables see beside it."""
        value = self._code.run(data, Evaluation(extra))
        if self._builds:
            check_size(value)
        return None if value is UNDEFINED else value

    def holds(self, data: Any, *, extra: Mapping[str, Any] | None = None) -> bool:
        """Whether the rule's answer is true in JSONLogic's sense."""
        value = self._code.run(data, Evaluation(extra))
        return value is True or (value is not False and truthy(value))

    def steps(self, node_ids: Collection[str]) -> frozenset[str] | None:
        """Those of these nodes whose outputs the rule reads; ``None`` if that cannot be known, so perhaps all."""
        paths = [path[1:] for path in self.beside if path[0] == STEPS]
        if self.dynamic or () in paths:
            return None
        return frozenset(node for path in paths if (node := longest_id(path, node_ids)) is not None)

"""One evaluation of a rule: its ``$`` variables, and the work that it may still do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.errors import RuleFailed

#: JavaScript's ``undefined``; it never leaves this package, and lists do not contain it.
UNDEFINED: Final[Any] = type("Undefined", (), {"__repr__": lambda self: "undefined"})()

#: Visits of a part of a rule, or of an element of the data, before a rule is stopped (about 0.3 seconds).
MAX_WORK = 1_000_000

#: Characters that are read or written for the price of one visit, as a power of two.
_CHARACTERS = 4

#: Levels of a value that a rule builds.
MAX_RESULT_DEPTH = 200


class Evaluation:
    """The state of one evaluation."""

    __slots__ = ("extra", "left")

    def __init__(self, extra: Mapping[str, Any] | None = None) -> None:
        self.extra = extra
        self.left = MAX_WORK

    def spend(self, visits: int) -> None:
        """Account for work before it is done. Raises RuleFailed when none is left."""
        self.left -= visits
        if self.left < 0:
            raise RuleFailed(f"The evaluation was stopped: with this data it takes more than {MAX_WORK:,} operations.")

    def spend_text(self, characters: int) -> None:
        """Account for text that is searched, parsed or built."""
        if characters > 64:
            self.spend(characters >> _CHARACTERS)


def check_size(value: Any, evaluation: Evaluation | None = None) -> None:
    """
    Raise RuleFailed for a value that is too large or too deep when it is written as JSON.

    A part that a rule refers to twice is one object here but two in JSON, so both are counted.
    """
    evaluation = evaluation or Evaluation()
    pending = [(value, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > MAX_RESULT_DEPTH:
            raise RuleFailed(f"The result is nested deeper than {MAX_RESULT_DEPTH} levels.")
        if isinstance(part, str):
            evaluation.spend_text(len(part))
        elif isinstance(part, (list, tuple, dict)):
            evaluation.spend(len(part))
            pending.extend((inner, depth + 1) for inner in (part.values() if isinstance(part, dict) else part))

"""One note on a clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.logic.clauses import Clause


class NoteCode(str, Enum):
    """The kinds of mistakes."""

    #: A path that the event does not have.
    MISSING = "MISSING"
    #: A value of a type with which the comparison does not do what it seems to.
    TYPE = "TYPE"
    #: A missing value, which counts as 0 in a comparison that therefore holds.
    MISSING_IS_ZERO = "MISSING_IS_ZERO"
    #: Texts that differ in small and capital letters only.
    CASE = "CASE"
    #: Texts that differ in spaces only.
    WHITESPACE = "WHITESPACE"
    #: Texts that look the same and have different Unicode characters.
    CHARACTERS = "CHARACTERS"
    #: Dates that are compared letter by letter, or with a number.
    DATE_AS_TEXT = "DATE_AS_TEXT"
    #: Numbers that differ only because computers round, or that are equal only because they do.
    ROUNDING = "ROUNDING"
    #: A rule that no event can meet.
    NEVER_TRUE = "NEVER_TRUE"


@dataclass(frozen=True)
class Note:
    """A probable mistake in a rule or an event."""

    code: NoteCode
    #: A JSON Pointer to the clause in the rule.
    pointer: str
    #: The path in the event; None if the clause computes its value.
    path: str | None
    #: One sentence.
    message: str
    #: The path or the value that was probably meant; None if there is none.
    suggestion: Any = None


@dataclass(frozen=True)
class Pair:
    """A value of the event and what it is compared with."""

    clause: Clause
    subject: Clause
    other: Clause
    #: True if the subject is the left argument.
    left: bool

    @property
    def path(self) -> str | None:
        return ".".join(self.subject.path) if self.subject.path else None


def pairs_of(clause: Clause) -> Iterator[Pair]:
    """Each computed argument of a comparison with each argument beside it."""
    args = clause.args[:3] if clause.op in ("<", "<=") else clause.args[:2]
    for place in range(len(args) - 1):
        first, second = args[place], args[place + 1]
        if not first.literal:
            yield Pair(clause, first, second, True)
        if not second.literal:
            yield Pair(clause, second, first, False)


def kind_of(value: Any) -> str:
    """The type of a value with an article: "a number"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, (list, tuple)) else "an object"

"""The clauses of a rule as one evaluation found them: a tree with the value of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.logic.coercion import truthy


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a rule: an operator with its arguments, or a constant."""

    #: A JSON Pointer into the rule.
    pointer: str
    #: The operator; ``literal`` for a constant, ``list`` and ``object`` for what a rule builds.
    op: str
    #: The part as its author wrote it.
    source: Any
    #: The value; of a clause that was skipped, the value that it would have had.
    value: Any
    #: False if the evaluation skipped it.
    evaluated: bool = True
    args: tuple[Clause, ...] = ()
    #: The message if the evaluation of this clause was stopped; then ``value`` is None.
    error: str | None = None
    #: The path that a ``var`` reads, from the root of the event, and whether it is there.
    path: tuple[str, ...] | None = None
    found: bool = False
    #: What the clause reads its variables from, and the path of that in the event; None: it is computed.
    data: Any = None
    base: tuple[str, ...] | None = ()
    #: The elements that a loop visited, as far as they are kept.
    items: tuple[Item, ...] = ()
    #: Elements of the list of a loop, and those beyond ``items`` for which the body was true.
    count: int = 0
    more_true: int = 0
    #: True for an operator that the deployment registered.
    custom: bool = False
    #: True if arguments or items are left out, because the tree is too large.
    truncated: bool = False

    @property
    def truthy(self) -> bool:
        """True if the value is true in JSONLogic; of a skipped clause, if it would be."""
        return truthy(self.value)

    @property
    def literal(self) -> bool:
        return self.op == "literal"

    def children(self) -> Iterator[Clause]:
        """The arguments, and the bodies of a loop."""
        yield from self.args
        yield from (item.clause for item in self.items)

    def walk(self) -> Iterator[Clause]:
        """The clause and all below it."""
        pending = [self]
        while pending:
            clause = pending.pop()
            yield clause
            pending += reversed([*clause.children()])


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a loop's list, and the loop's body for it."""

    index: int
    value: Any
    clause: Clause

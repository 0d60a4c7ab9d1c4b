"""The ledger of an execution: the arrivals at its joins, and the turns of its loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

#: The visits of the loops around a node, outermost first.
Scope = tuple[int, ...]
#: The name of a join count: a join (``→`` and its node) or a turn of a loop (``↺`` and its header), and a scope.
Key = tuple[str, Scope]


@dataclass(frozen=True)
class Visit:
    """One visit of a node: the node, and the visits of the loops around it, outermost first."""

    node: str
    scope: Scope = ()

    @property
    def visit(self) -> int:
        return self.scope[-1] if self.scope else 1


@dataclass(frozen=True)
class JoinCount:
    """The arrivals at a join in one scope, or along the edges back to a header in one turn of its loop."""

    taken: int = 0
    skipped: int = 0
    #: The node was started or skipped; or the loop was left.
    settled: bool = False
    #: Edges that left the loop, by their keys, and whether they were taken; with ``~`` before the key, those that an
    #: earlier turn took.
    held: tuple[tuple[str, bool], ...] = ()

    def plus(self, taken: bool) -> JoinCount:
        """The count with one more arrival."""
        return JoinCount(self.taken + taken, self.skipped + (not taken), self.settled, self.held)

    def hold(self, key: str, taken: bool) -> JoinCount:
        """The count with one more edge that left the loop."""
        return replace(self, held=(*self.held, (key, taken)))

    @property
    def arrived(self) -> int:
        """All arrivals, taken and skipped."""
        return self.taken + self.skipped

    @property
    def left(self) -> list[tuple[str, bool]]:
        """The keys of the edges that left the loop in this turn, and whether this turn or an earlier one took them."""
        earlier = {key[1:] for key, _ in self.held if key.startswith("~")}
        return [(key, taken or key in earlier) for key, taken in self.held if not key.startswith("~")]

    @property
    def remembered(self) -> tuple[tuple[str, bool], ...]:
        """The edges out of the loop that were taken so far, for the next turn."""
        taken = {key if key.startswith("~") else f"~{key}" for key, was_taken in self.held if was_taken}
        return tuple((key, True) for key in sorted(taken))


@dataclass
class Ledger:
    """The join counts and visits of one execution: read through ``load`` when first used, kept here when changed."""

    load: Callable[[Key], JoinCount | None] = lambda key: None
    visits: dict[str, int] = field(default_factory=dict)
    known: dict[Key, JoinCount] = field(default_factory=dict)
    #: Changed join counts; None: everything has arrived, so the row can be deleted.
    changed: dict[Key, JoinCount | None] = field(default_factory=dict)

    def read(self, key: Key) -> JoinCount:
        """The current count of a join or of a turn of a loop."""
        if key not in self.known:
            self.known[key] = self.load(key) or JoinCount()
        return self.known[key]

    def write(self, key: Key, count: JoinCount, *, complete: bool) -> None:
        """Change a count; ``complete`` is True if nothing more can arrive."""
        self.known[key] = count
        self.changed[key] = None if complete else count

    def visit(self, header: str) -> int:
        """The number of the next turn of a loop."""
        self.visits[header] = self.visits.get(header, 0) + 1
        return self.visits[header]

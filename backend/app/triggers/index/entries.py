"""A trigger as a lookup files it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.triggers.index.conditions import AnyOf
from app.triggers.index.predicates import Predicates
from app.triggers.index.selectivity import selectivity

#: Places of one trigger below the first level; each place repeats all of its other conditions.
_MOST_COPIES = 64


@dataclass(frozen=True, slots=True)
class LookupEntry:
    """The conditions of a trigger that must still hold, and the number of its places."""

    needed: Predicates
    copies: int = 1

    def choose(self, variety: Mapping[tuple[str, ...], int]) -> AnyOf:
        """The predicate that probably selects the fewest events; empty if there is none."""
        return min(self.needed, key=lambda any_of: selectivity(any_of, variety), default=())

    def filed_under(self, best: AnyOf) -> LookupEntry:
        """The entry below this predicate, with the predicates that are left."""
        copies = self.copies * len(best)
        rest = [any_of for any_of in self.needed if any_of is not best and copies * len(any_of) <= _MOST_COPIES]
        return LookupEntry(rest, copies)


#: Reads the entry of a trigger by its number, anew each time: all of them together take more memory than the index.
ReadEntry = Callable[[int], LookupEntry]

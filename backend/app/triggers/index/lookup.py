"""Look up the triggers whose conditions the values of an event fulfil."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.logic.coercion import to_number, to_text
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.variables import step
from app.triggers.index.entries import LookupEntry, ReadEntry
from app.triggers.index.filing import Filing, exact_key
from app.triggers.index.selectivity import distinct_values

#: Triggers that share a condition; fewer are evaluated, more are divided by another condition.
_FEW_ENTRIES = 16

#: Times that triggers which share a condition are divided by another one.
_MOST_LEVELS = 4


@dataclass
class Query:
    """An event that is looked up, and the triggers found so far."""

    event: Any
    work: Evaluation
    found: list[int] = field(default_factory=list)


class Lookup:
    """Triggers, each at the predicate that probably selects the fewest events."""

    __slots__ = ("absent", "always", "beside", "paths")

    def __init__(self, numbers: Sequence[int], read: ReadEntry, levels: int = _MOST_LEVELS) -> None:
        """File the triggers of these numbers."""
        self.always = array("i")
        self.paths = _Paths()
        self.absent: dict[tuple[str, ...], Bucket] = {}
        variety = distinct_values(read(number).needed for number in numbers)
        filings: dict[tuple[str, ...], Filing] = defaultdict(Filing)
        for number in numbers:
            entry = read(number)
            if not entry.needed:
                self.always.append(number)
            for condition in entry.choose(variety):
                filings[condition.variable.path].add(condition, number)

        #: Those that are filed in several places: they are read for each of these.
        below: dict[int, LookupEntry] = {}

        def read_below(number: int) -> LookupEntry:
            if number in below:
                return below[number]
            entry = read(number)
            best = entry.choose(variety)
            filed = entry.filed_under(best)
            if len(best) > 1:
                below[number] = filed
            return filed

        for path in list(filings):
            self._add(path, filings.pop(path), _divider(read_below, levels))
        self.beside = tuple(name for name in self.paths.children if name.startswith("$"))

    def _add(self, path: tuple[str, ...], filing: Filing, divide: Divide) -> None:
        node = self.paths
        for part in path:
            node = node.child(part)
        node.path, node.values = path, _Values(filing, divide)
        if filing.absent:
            self.absent[path] = divide(filing.absent)

    def find(self, query: Query) -> None:
        """Add the triggers that an event may match."""
        query.found += self.always
        met: set[tuple[str, ...]] = set()
        self._visit(self.paths, query.event, query, met)
        for name in self.beside:
            if step(query.event, name, query.work) is UNDEFINED:
                beside = (query.work.extra or {}).get(name, UNDEFINED)
                self._meet(self.paths.children[name], beside, query, met)
        for path, bucket in self.absent.items():
            if path not in met:
                _collect(bucket, query)

    def _visit(self, node: _Paths, value: Any, query: Query, met: set[tuple[str, ...]]) -> None:
        """Look up the parts of a value, by its own keys or those of the triggers, whichever are fewer."""
        children = node.children
        if isinstance(value, dict) and len(value) < len(children):
            for key, inner in value.items():
                if key in children:
                    self._meet(children[key], inner, query, met)
        elif isinstance(value, (dict, list, tuple, str)):
            for key, child in children.items():
                self._meet(child, step(value, key, query.work), query, met)

    def _meet(self, node: _Paths, value: Any, query: Query, met: set[tuple[str, ...]]) -> None:
        if value is UNDEFINED:
            return
        if node.values:
            met.add(node.path)
            for bucket in node.values.buckets(value, query.work):
                _collect(bucket, query)
        if node.children:
            self._visit(node, value, query, met)


#: Triggers that are found together: their numbers, or a lookup by their other conditions if there are many.
Bucket: TypeAlias = "array[int] | Lookup"


Divide = Callable[[Sequence[int]], Bucket]


def _divider(read: ReadEntry, levels: int) -> Divide:
    """What makes a bucket of triggers, whose other conditions it can read."""

    def divide(numbers: Sequence[int]) -> Bucket:
        if levels and len(numbers) > _FEW_ENTRIES:
            entries = {number: read(number) for number in numbers}
            if any(entry.needed for entry in entries.values()):
                return Lookup(tuple(entries), entries.__getitem__, levels - 1)
        return array("i", numbers)

    return divide


def _collect(bucket: Bucket, query: Query) -> None:
    if isinstance(bucket, array):
        query.found += bucket
    else:
        bucket.find(query)


class _Paths:
    """A tree of the paths in triggers."""

    __slots__ = ("children", "path", "values")

    def __init__(self) -> None:
        self.children = _NO_PATHS
        self.path: tuple[str, ...] = ()
        self.values: _Values | None = None

    def child(self, part: str) -> _Paths:
        """The paths inside this one that go on with this part, which are added if there are none."""
        if self.children is _NO_PATHS:
            self.children = {}
        return self.children.setdefault(part, _Paths())


#: Most paths are not the beginning of others.
_NO_PATHS: dict[str, _Paths] = {}

_NAN = float("nan")


class _Values:
    """The triggers with conditions at one path, by the values that these accept."""

    __slots__ = ("contained", "intervals", "nulls", "numbers", "present", "spelled", "texts")

    def __init__(self, filing: Filing, divide: Divide) -> None:
        self.texts, self.numbers = filing.texts.table(divide), filing.numbers.table(divide)
        self.spelled, self.intervals = filing.spelled.table(divide), filing.intervals()
        self.contained = {key: divide(numbers) for key, numbers in filing.contained.items()}
        self.nulls, self.present = divide(filing.nulls), divide(filing.present)

    def buckets(self, value: Any, work: Evaluation) -> Iterator[Bucket]:
        """The triggers that can accept this value."""
        yield self.nulls if value is None else self.present
        if isinstance(value, (int, float)) or value is None:
            number = to_number(value, work)
            if self.spelled and value is not None:
                yield self.spelled.get(number)
        else:
            text = to_text(value, work)
            if self.texts:
                yield self.texts.get(hash(text))
            number = to_number(text, work) if self.numbers or self.intervals else _NAN
        if number == number:
            if self.numbers and value is not None:
                yield self.numbers.get(number)
            if self.intervals:
                yield self.intervals.holding(number)
        if self.contained and isinstance(value, (list, tuple, str)):
            yield from self._containing(value, work)

    def _containing(self, value: Any, work: Evaluation) -> Iterator[Bucket]:
        if isinstance(value, str):
            yield from self.contained.values()
            return
        work.spend(len(value))
        for key in {exact_key(item) for item in value if not isinstance(item, (list, tuple, dict))}:
            if key in self.contained:
                yield self.contained[key]

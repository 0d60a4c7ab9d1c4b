"""Look up the triggers whose conditions the values of an event fulfil."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.logic.coercion import double, to_number, to_text
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.variables import step
from app.triggers.index.conditions import AnyOf, Between, Condition, Contains, Present
from app.triggers.index.intervals import Interval, Intervals
from app.triggers.index.predicates import Predicates
from app.triggers.index.selectivity import distinct_values, selectivity

#: Triggers that share a condition; fewer are evaluated, more are divided by another condition.
_FEW_ENTRIES = 16

#: Times that triggers which share a condition are divided by another one.
_MOST_LEVELS = 4

#: Places of one trigger below the first level; each place repeats all of its other conditions.
_MOST_COPIES = 64


@dataclass(frozen=True)
class LookupEntry:
    """A trigger by its number, the conditions that must still hold, and the number of its places."""

    number: int
    needed: Predicates
    copies: int = 1

    def filed_under(self, best: AnyOf) -> LookupEntry:
        """The entry below this predicate, with the predicates that are left."""
        copies = self.copies * len(best)
        rest = [any_of for any_of in self.needed if any_of is not best and copies * len(any_of) <= _MOST_COPIES]
        return LookupEntry(self.number, rest, copies)


@dataclass
class Query:
    """An event that is looked up, and the triggers found so far."""

    event: Any
    work: Evaluation
    found: list[int] = field(default_factory=list)


class Lookup:
    """Triggers, each at the predicate that probably selects the fewest events."""

    def __init__(self, entries: Sequence[LookupEntry], levels: int = _MOST_LEVELS) -> None:
        self.levels = levels
        self.always = [entry.number for entry in entries if not entry.needed]
        self.paths = _Paths()
        self.absent: dict[tuple[str, ...], Bucket] = {}
        filed: dict[tuple[str, ...], list[tuple[Condition, LookupEntry]]] = defaultdict(list)
        variety = distinct_values(entry.needed for entry in entries)
        for entry in entries:
            best = min(entry.needed, key=lambda any_of: selectivity(any_of, variety), default=())
            below = entry.filed_under(best)
            for condition in best:
                filed[condition.variable.path].append((condition, below))
        for path, conditions in filed.items():
            self._file(path, conditions)
        self.beside = [name for name in self.paths.children if name.startswith("$")]

    def _file(self, path: tuple[str, ...], conditions: list[tuple[Condition, LookupEntry]]) -> None:
        node = self.paths
        for part in path:
            node = node.children.setdefault(part, _Paths())
        node.path, node.values = path, _Values(conditions, self.levels)
        default = [entry for condition, entry in conditions if condition.accepts(condition.variable.default)]
        if default:
            self.absent[path] = _bucket(default, self.levels)

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
Bucket = list[int] | Lookup


def _bucket(entries: list[LookupEntry], levels: int) -> Bucket:
    if levels and len(entries) > _FEW_ENTRIES and any(entry.needed for entry in entries):
        return Lookup(entries, levels - 1)
    return [entry.number for entry in entries]


def _buckets(filed: Mapping[Hashable, list[LookupEntry]], levels: int) -> dict[Any, Bucket]:
    return {key: _bucket(entries, levels) for key, entries in filed.items()}


def _collect(bucket: Bucket, query: Query) -> None:
    if isinstance(bucket, list):
        query.found += bucket
    else:
        bucket.find(query)


class _Paths:
    """A tree of the paths in triggers."""

    __slots__ = ("children", "path", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Paths] = {}
        self.path: tuple[str, ...] = ()
        self.values: _Values | None = None


class _Values:
    """The triggers with conditions at one path, by the values that these accept."""

    def __init__(self, conditions: list[tuple[Condition, LookupEntry]], levels: int) -> None:
        texts: dict[Hashable, list[LookupEntry]] = defaultdict(list)
        numbers: dict[Hashable, list[LookupEntry]] = defaultdict(list)
        spelled: dict[Hashable, list[LookupEntry]] = defaultdict(list)
        contained: dict[Hashable, list[LookupEntry]] = defaultdict(list)
        nulls, present = [], []
        intervals: list[Interval] = []
        work = Evaluation()
        for condition, entry in conditions:
            if isinstance(condition, Between):
                intervals.append((condition.low, condition.high, entry.number))
            elif isinstance(condition, Present):
                present.append(entry)
            elif isinstance(condition, Contains):
                contained[_exactly(condition.value)].append(entry)
            elif condition.value is None:
                nulls.append(entry)
            elif isinstance(condition.value, str):
                texts[condition.value].append(entry)
                spelled[to_number(condition.value, Evaluation())].append(entry)
            else:
                numbers[to_number(condition.value, work)].append(entry)
        self.texts, self.numbers = _buckets(texts, levels), _buckets(numbers, levels)
        self.spelled, self.contained = _buckets(spelled, levels), _buckets(contained, levels)
        self.nulls, self.present = _bucket(nulls, levels), _bucket(present, levels)
        self.intervals = Intervals(intervals) if intervals else None

    def buckets(self, value: Any, work: Evaluation) -> Iterator[Bucket]:
        """The triggers that can accept this value."""
        yield self.nulls if value is None else self.present
        number: float | None = None
        if isinstance(value, (int, float)) or value is None:
            number = to_number(value, work)
            yield self.spelled.get(number, []) if value is not None else []
        else:
            text = to_text(value, work)
            yield self.texts.get(text, [])
            number = to_number(text, work) if self.numbers or self.intervals else None
        if value is not None:
            yield self.numbers.get(number, [])
        if self.intervals and number is not None and number == number:
            yield self.intervals.holding(number)
        if self.contained and isinstance(value, (list, tuple, str)):
            yield from self._containing(value, work)

    def _containing(self, value: Any, work: Evaluation) -> Iterator[Bucket]:
        if isinstance(value, str):
            yield from self.contained.values()
            return
        work.spend(len(value))
        for key in {_exactly(item) for item in value if not isinstance(item, (list, tuple, dict))}:
            yield self.contained.get(key, [])


def _exactly(value: Any) -> Hashable:
    """A key that is equal for strictly equal constants."""
    if isinstance(value, bool) or value is None:
        return (value,)
    return double(value) if isinstance(value, (int, float)) else value

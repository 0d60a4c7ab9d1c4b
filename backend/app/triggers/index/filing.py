"""The conditions of triggers at one path, collected in arrays."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from typing import Any, Literal, TypeVar

from app.logic.coercion import double, to_number
from app.logic.evaluation import Evaluation
from app.triggers.index.conditions import Between, Condition, Contains, Equals, Present
from app.triggers.index.intervals import Intervals
from app.triggers.index.table import Table

T = TypeVar("T")


class Column:
    """Keys, which are numbers, and the triggers that have them."""

    __slots__ = ("_keys", "_numbers")

    def __init__(self, typecode: Literal["q", "d"]) -> None:
        self._keys: array[Any] = array(typecode)
        self._numbers = array("i")

    def add(self, key: float, number: int) -> None:
        self._keys.append(key)
        self._numbers.append(number)

    def table(self, bucket: Callable[[Sequence[int]], array[int] | T]) -> Table[T] | None:
        """The buckets of the keys; None if there are none."""
        if not self._keys:
            return None
        places = sorted(range(len(self._keys)), key=self._keys.__getitem__)
        groups = groupby(places, key=self._keys.__getitem__)
        buckets = ((key, bucket([self._numbers[place] for place in group])) for key, group in groups)
        return Table(self._keys.typecode, buckets)


class Filing:
    """The conditions at one path, by their kinds, with the numbers of their triggers."""

    def __init__(self) -> None:
        #: Of texts only the hashes: where two are equal, both triggers are candidates.
        self.texts = Column("q")
        self.numbers = Column("d")
        #: Texts that are numbers, by these.
        self.spelled = Column("d")
        self.contained: dict[Hashable, list[int]] = defaultdict(list)
        self.nulls, self.present = array("i"), array("i")
        #: Triggers whose condition holds where the variable is absent.
        self.absent = array("i")
        self._lows, self._highs, self._between = array("d"), array("d"), array("i")

    def add(self, condition: Condition, number: int) -> None:
        """File a trigger under a condition."""
        if condition.accepts(condition.variable.default):
            self.absent.append(number)
        if isinstance(condition, Between):
            self._lows.append(condition.low)
            self._highs.append(condition.high)
            self._between.append(number)
        elif isinstance(condition, Present):
            self.present.append(number)
        elif isinstance(condition, Contains):
            self.contained[exact_key(condition.value)].append(number)
        else:
            self._add_equality(condition, number)

    def _add_equality(self, condition: Equals, number: int) -> None:
        if condition.value is None:
            self.nulls.append(number)
            return
        key = to_number(condition.value, Evaluation())
        column = self.numbers
        if isinstance(condition.value, str):
            self.texts.add(hash(condition.value), number)
            column = self.spelled
        if key == key:  # what is not a number is equal to none
            column.add(key, number)

    def intervals(self) -> Intervals | None:
        """The tree of all intervals; None if there are none."""
        return Intervals(list(zip(self._lows, self._highs, self._between, strict=True))) if self._between else None


def exact_key(value: Any) -> Hashable:
    """A key that is equal for strictly equal constants."""
    if isinstance(value, bool) or value is None:
        return (value,)
    return double(value) if isinstance(value, (int, float)) else value

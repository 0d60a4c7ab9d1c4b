"""Buckets by their keys, as sorted arrays."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

_NONE_FOUND = array("i")


class Table(Generic[T]):
    """
    Buckets by numbers, each a list of triggers' numbers or something else; a table never changes.

    A key with one trigger takes 16 bytes, in a dictionary ten times as many.
    """

    __slots__ = ("_keys", "_numbers", "_others", "_starts")

    def __init__(self, typecode: str, buckets: Iterable[tuple[float, array[int] | T]]) -> None:
        """Build the table of buckets with ascending keys, of a type of ``array``: ``d``, or ``q`` for hashes."""
        keys: list[float] = []
        starts, numbers = [0], array("i")
        self._others: dict[int, T] = {}
        for key, bucket in buckets:
            if isinstance(bucket, array):
                numbers.extend(bucket)
            else:
                self._others[len(keys)] = bucket
            keys.append(key)
            starts.append(len(numbers))
        self._keys, self._starts, self._numbers = array(typecode, keys), array("i", starts), numbers

    def get(self, key: float) -> array[int] | T:
        """The bucket of this key; an empty one if there is none."""
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            return _NONE_FOUND
        return self._others.get(place) or self._numbers[self._starts[place] : self._starts[place + 1]]

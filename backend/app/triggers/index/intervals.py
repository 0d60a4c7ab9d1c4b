"""An interval tree: which of many intervals contain a number."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Sequence

#: The ends of a closed interval, and its owner.
Interval = tuple[float, float, int]

_NONE = -1


class Intervals:
    """
    A centred interval tree: intervals with the centre are here, sorted by each end; the others are left or right.

        ────┤ left ├────│────┤ right ├────
              ├── here ─┼──────┤
                     centre

    Its nodes are rows of arrays, and the intervals of all nodes are one array after the other: 48 bytes an interval at
    most, while a node that is an object of its own takes 700.
    """

    __slots__ = ("_by_high", "_by_low", "_centres", "_highs", "_lefts", "_lows", "_rights", "_starts")

    def __init__(self, intervals: Sequence[Interval]) -> None:
        #: Of each node: its centre, the nodes beside it, and where its intervals begin.
        self._centres = array("d")
        self._lefts, self._rights, self._starts = array("i"), array("i"), array("i")
        #: The lower ends, and the upper ones with their signs changed; both ascending in each node; and their owners.
        self._lows, self._highs = array("d"), array("d")
        self._by_low, self._by_high = array("i"), array("i")
        self._add(intervals)
        self._starts.append(len(self._lows))

    def _add(self, intervals: Sequence[Interval]) -> int:
        """Add the node of these intervals and those below it; the number of the node."""
        if not intervals:
            return _NONE
        node = len(self._centres)
        ends = sorted(end for low, high, _ in intervals for end in (low, high))
        finite = [end for end in ends if math.isfinite(end)] or ends
        centre = finite[len(finite) // 2]
        here = [interval for interval in intervals if interval[0] <= centre <= interval[1]]
        self._centres.append(centre)
        self._starts.append(len(self._lows))
        self._lefts.append(_NONE)
        self._rights.append(_NONE)
        for ends_here, owners, pairs in (
            (self._lows, self._by_low, sorted((low, owner) for low, _, owner in here)),
            (self._highs, self._by_high, sorted((-high, owner) for _, high, owner in here)),
        ):
            ends_here.extend(end for end, _ in pairs)
            owners.extend(owner for _, owner in pairs)
        self._lefts[node] = self._add([interval for interval in intervals if interval[1] < centre])
        self._rights[node] = self._add([interval for interval in intervals if interval[0] > centre])
        return node

    def holding(self, number: float) -> array[int]:
        """The owners of the intervals that contain this number."""
        found = array("i")
        centres, starts, node = self._centres, self._starts, 0
        while node != _NONE:
            start, end = starts[node], starts[node + 1]
            if number <= centres[node]:
                found += self._by_low[start : bisect_right(self._lows, number, start, end)]
                node = self._lefts[node]
            else:
                found += self._by_high[start : bisect_right(self._highs, -number, start, end)]
                node = self._rights[node]
        return found

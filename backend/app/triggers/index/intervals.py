"""An interval tree: which of many intervals contain a number."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

#: The ends of a closed interval, and its owner.
Interval = tuple[float, float, int]


class Intervals:
    """
    A centred interval tree: intervals with the centre are here, sorted by each end; the others are left or right.

        ────┤ left ├────│────┤ right ├────
              ├── here ─┼──────┤
                     centre
    """

    def __init__(self, intervals: Sequence[Interval]) -> None:
        ends = sorted(end for low, high, _ in intervals for end in (low, high))
        finite = [end for end in ends if math.isfinite(end)] or ends
        self.centre = finite[len(finite) // 2]
        here = [interval for interval in intervals if interval[0] <= self.centre <= interval[1]]
        self.lows, self.by_low = _sorted((low, owner) for low, _, owner in here)
        self.highs, self.by_high = _sorted((-high, owner) for _, high, owner in here)
        self.left = _subtree([interval for interval in intervals if interval[1] < self.centre])
        self.right = _subtree([interval for interval in intervals if interval[0] > self.centre])

    def holding(self, number: float) -> list[int]:
        """The owners of the intervals that contain this number."""
        found: list[int] = []
        tree: Intervals | None = self
        while tree:
            if number <= tree.centre:
                found += tree.by_low[: bisect_right(tree.lows, number)]
                tree = tree.left
            else:
                found += tree.by_high[: bisect_right(tree.highs, -number)]
                tree = tree.right
        return found


def _sorted(pairs: Iterable[tuple[float, int]]) -> tuple[list[float], list[int]]:
    ordered = sorted(pairs)
    return [end for end, _ in ordered], [owner for _, owner in ordered]


def _subtree(intervals: list[Interval]) -> Intervals | None:
    return Intervals(intervals) if intervals else None

"""The interval tree finds the intervals that contain a number, and no others."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from app.triggers.index.intervals import Intervals

ends = st.sampled_from([-math.inf, -2.5, -1.0, 0.0, 1.0, 3.0, 4.5, math.inf])
intervals = st.tuples(ends, ends).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(intervals, min_size=1, max_size=40), ends)
def test_tree_finds_what_a_search_of_all_finds(bounds: list[tuple[float, float]], number: float) -> None:
    tree = Intervals([(low, high, owner) for owner, (low, high) in enumerate(bounds)])

    found = sorted(tree.holding(number))

    assert found == [owner for owner, (low, high) in enumerate(bounds) if low <= number <= high]

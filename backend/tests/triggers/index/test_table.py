"""A table of sorted arrays answers as a dictionary does."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triggers.index.filing import Column
from app.triggers.index.table import Table

keys = st.floats(allow_nan=False) | st.integers(-3, 3).map(float)


@given(st.lists(st.tuples(keys, st.integers(0, 99))), st.lists(keys))
def test_key_has_the_triggers_that_were_added(added: list[tuple[float, int]], others: list[float]) -> None:
    column = Column("d")
    expected: dict[float, list[int]] = {}
    for key, number in added:
        column.add(key, number)
        expected.setdefault(key, []).append(number)

    table: Table[str] | None = column.table(lambda numbers: array("i", numbers))

    assert (table is None) is (not added)
    for key in [*expected, *others] if table else []:
        assert list(table.get(key)) == expected.get(key, [])


def test_bucket_may_be_something_else_than_numbers() -> None:
    table = Table("q", [(-5, array("i", [1])), (0, "a lookup"), (7, array("i", [2, 3]))])

    assert [table.get(key) for key in (-5, 0, 7)] == [array("i", [1]), "a lookup", array("i", [2, 3])]


@pytest.mark.parametrize("key", [-math.inf, -1.0, 0.5, math.inf])
def test_key_that_is_absent_has_an_empty_bucket(key: float) -> None:
    table: Table[str] = Table("d", [(0.0, array("i", [1])), (1.0, array("i", [2]))])

    assert list(table.get(key)) == []

"""A trigger takes little memory, also while many are loaded."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.storage.catalog import CatalogEntry
from app.storage.ids import new_id
from app.storage.json_text import dumps, loads
from app.triggers.triggers import Triggers

COUNT = 2_000


def simple(number: int) -> Any:
    if number % 3 == 0:
        return {"==": [{"var": "customer"}, number]}
    if number % 3 == 1:
        return {"and": [{"==": [{"var": "kind"}, f"k{number}"]}, {">": [{"var": "score"}, number % 100]}]}
    return {"<": [-number, {"var": "temperature"}, 1 - number]}


def listed(number: int) -> Any:
    return {"in": [{"var": "customer"}, [f"customer-{number}-{n}" for n in range(50)]]}


def branched(number: int) -> Any:
    either = [{"and": [{"==": [{"var": f"f{n}"}, f"x{number}"]}, {">": [{"var": "score"}, n]}]} for n in range(10)]
    return {"or": either}


def saved(texts: list[str]) -> Iterator[CatalogEntry]:
    """The workflows as rows bring them: nothing of one is shared with another."""
    for number, text in enumerate(texts):
        yield CatalogEntry(new_id(), f"workflow {number}", 1, loads(text), True, named_types=[])


# It takes 390, 2,070 and 1,240 bytes, and 510, 8,800 and 3,000 meanwhile; as compiled rules it took 3,000 to 40,000.
@pytest.mark.parametrize(
    ("shape", "kept_limit", "peak_limit"),
    [(simple, 1_000, 1_500), (listed, 5_000, 15_000), (branched, 4_000, 9_000)],
)
def test_trigger_takes_little_memory(shape: Callable[[int], Any], kept_limit: int, peak_limit: int) -> None:
    count = COUNT if shape is simple else COUNT // 10
    texts = [dumps(shape(number)) for number in range(count)]
    gc.collect()
    tracemalloc.start()
    try:
        triggers = Triggers().updated(2, saved(texts))
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(triggers.index) == count
    assert kept / count < kept_limit
    assert peak / count < peak_limit

"""The path that a misspelt or misplaced path probably means."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.logic.similar_paths import MAX_PATHS, paths_of, similar_path

EVENT = {
    "lead": {"score": 1, "first name": "A", "source_name": "x", "address": {"city": "B"}},
    "items": [{"price": 1}, {"price": 2}],
    "id": 7,
    "$event": {"type": "t", "source": "s", "time": None},
}


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("lead.scroe", "lead.score"),
        ("lead.Score", "lead.score"),
        ("leadScore", "lead.score"),
        ("lead.sourceName", "lead.source_name"),
        ("score", "lead.score"),
        ("lead.adress.city", "lead.address.city"),
        ("event.data.id", "id"),
        ("detail.lead.score", "lead.score"),
        ("$.items[0].price", "items.0.price"),
        ("/lead/score", "lead.score"),
        ("event.name", "$event.type"),
        ("detail-type", "$event.type"),
        ("source", "$event.source"),
        ("laed.scroe", "lead.score"),
        ("{{ lead.score }}", "lead.score"),
        ("items.0.pirce", "items.0.price"),
        ("items.0.item.price", "items.0.price"),
        ("items.1.items.price", "items.1.price"),
        ("lead.first nmae", "lead.first name"),
        ("lead.address.town", None),
        ("items.5.price", None),
        ("zone", None),
        ("lead.zone", None),
        ("lead.score", None),
        ("customer.birthday", None),
        ("", None),
    ],
)
def test_similar_path_is_the_one_that_was_meant(wanted: str, meant: str | None) -> None:
    found = similar_path(tuple(wanted.split(".")) if wanted else (), paths_of(EVENT))

    assert (".".join(found) if found else None) == meant


@pytest.mark.parametrize(
    ("wanted", "known"),
    [("last_name", "first_name"), ("max_price", "min_price"), ("updatedAt", "createdAt"), ("end-date", "start-date")],
)
def test_name_with_another_word_is_not_suggested(wanted: str, known: str) -> None:
    assert similar_path((wanted,), paths_of({known: 1})) is None


def test_paths_of_a_large_document_are_bounded() -> None:
    document: Any = {f"k{n}": {"a": [{"b": n}] * 100} for n in range(10_000)}
    start = time.monotonic()

    known = paths_of(document)
    similar_path(("kx", "a"), known)

    assert MAX_PATHS <= len(known) < MAX_PATHS + 10
    assert time.monotonic() - start < 5

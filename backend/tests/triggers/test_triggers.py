"""The triggers in memory are those that were saved, each asked on its own."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.catalog import CatalogEntry
from app.triggers.triggers import TriggerCache, Triggers


def entry(name: str, trigger: Any, *, is_live: bool = True, version: int = 1) -> CatalogEntry:
    return CatalogEntry(name, name.upper(), version, trigger, is_live)


def names(triggers: Triggers, payload: Any) -> list[str]:
    return [entry.workflow_id for entry in triggers.decide(payload, {}).matched]


class Catalog:
    """Answers a cursor's questions as Postgres would."""

    def __init__(self, revision: int, *entries: CatalogEntry) -> None:
        self.revision = revision
        self.entries = entries
        self.asked: list[int] = []

    def execute(self, statement: str, values: dict[str, int]) -> None:
        self.asked.append(values["known"])

    def fetchall(self) -> list[Any]:
        return [(self.revision, e.workflow_id, e.name, e.version, e.trigger, e.is_live) for e in self.entries] or [
            (self.revision, None, None, None, None, None)
        ]


def test_saved_trigger_replaces_the_cached_one() -> None:
    first = Triggers().updated(2, [entry("a", {"==": [{"var": "n"}, 1]}), entry("b", True), entry("c", None)])
    second = first.updated(3, [entry("a", {"==": [{"var": "n"}, 2]}), entry("b", True, is_live=False)])

    assert sorted(names(first, {"n": 1})) == ["a", "b"]
    assert names(second, {"n": 1}) == []
    assert names(second, {"n": 2}) == ["a"]


def test_many_saves_at_once_replace_what_was_known() -> None:
    first = Triggers().updated(2, (entry(f"w{n}", {"==": [{"var": "n"}, n]}) for n in range(10)))
    second = first.updated(3, (entry(f"w{n}", {"==": [{"var": "n"}, n + 1]}) for n in range(200)))

    assert [names(first, {"n": n}) for n in (0, 9, 10)] == [["w0"], ["w9"], []]
    assert [names(second, {"n": n}) for n in (0, 1, 10, 200)] == [[], ["w0"], ["w9"], ["w199"]]


def test_trigger_that_raises_does_not_affect_others(operators: Any) -> None:
    operators("boom", lambda *_: 1 / 0)
    triggers = Triggers().updated(2, [entry("a", {"boom": []}), entry("b", True)])

    decisions = triggers.decide({}, {})

    assert [e.workflow_id for e in decisions.matched] == ["b"]
    assert [workflow_id for workflow_id, message in decisions.errors] == ["a"]


def test_trigger_with_missing_operator_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    triggers = Triggers().updated(2, [entry("a", {"gone": []}), entry("b", True)])

    decisions = [triggers.decide({}, {}) for _ in range(3)]
    triggers.updated(3, [entry("b", True)])

    assert [[e.workflow_id for e in each.matched] for each in decisions] == [["b"]] * 3
    assert [each.errors for each in decisions] == [[]] * 3
    (record,) = caplog.records
    assert "gone" in record.getMessage()
    assert record.__dict__["workflow"] == "a"


def test_only_what_was_saved_since_is_asked_for() -> None:
    book = TriggerCache()
    catalog = Catalog(5, entry("a", True))

    book.refresh(catalog, stale=book.current)
    known = book.current
    book.refresh(catalog, stale=known)
    book.refresh(catalog, stale=known)

    assert catalog.asked == [0, 5]


def test_older_catalog_is_read_from_the_start() -> None:
    book = TriggerCache()
    book.refresh(Catalog(9, entry("a", True)), stale=book.current)

    book.refresh(Catalog(4, entry("b", True)), stale=book.current)

    assert (book.current.revision, names(book.current, {})) == (4, ["b"])

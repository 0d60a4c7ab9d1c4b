"""The catalog is read in batches: all workflows once, and what changed since a revision."""

from __future__ import annotations

import json

import pytest

from app.storage import catalog
from app.storage.catalog import list_changes
from app.storage.database import Cursor
from app.storage.ids import new_id

INSERT = """
INSERT INTO workflows (id, kind, name, trigger, is_active, catalog_revision, document)
VALUES (%s, 'graph', %s, %s, %s, %s, '{}')
"""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_BATCH", 3)


def save(cursor: Cursor, name: str, *, revision: int, is_active: bool = True) -> str:
    id = new_id()
    cursor.execute(INSERT, (id, name, json.dumps({"var": name}), is_active, revision))
    cursor.execute("UPDATE catalog SET revision = %s", (revision,))
    return id


def names(cursor: Cursor, known: int) -> list[str]:
    return sorted(entry.name for entry in list_changes(cursor, known)[1])


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_all_active_workflows_are_read_once(cursor: Cursor, count: int) -> None:
    for number in range(count):
        save(cursor, f"w{number}", revision=2 + number)
        save(cursor, f"off{number}", revision=2 + number, is_active=False)

    assert names(cursor, 0) == [f"w{number}" for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_changes_have_inactive_workflows_too(cursor: Cursor, count: int) -> None:
    for number in range(5):
        save(cursor, f"known{number}", revision=2)
    for number in range(count):
        save(cursor, f"w{number}", revision=3 + number, is_active=number % 2 == 0)

    revision, entries = list_changes(cursor, 2)

    assert revision == 2 + count
    assert sorted((entry.name, entry.is_live) for entry in entries) == [(f"w{n}", n % 2 == 0) for n in range(count)]


def test_save_between_two_batches_is_a_change_since(cursor: Cursor) -> None:
    ids = [save(cursor, f"w{number}", revision=2) for number in range(7)]
    revision, entries = list_changes(cursor, 0)
    waiting = iter(entries)
    read = [next(waiting)]

    cursor.execute(
        "UPDATE workflows SET is_active = false, catalog_revision = 3 WHERE id = ANY(%s::uuid[])", (ids[::6],)
    )
    added = save(cursor, "added", revision=3)
    read += waiting

    assert revision == 2
    assert {entry.workflow_id for entry in read} >= set(ids[:6])
    changed = {entry.workflow_id: entry.is_live for entry in list_changes(cursor, revision)[1]}
    assert changed == {ids[0]: False, ids[6]: False, added: True}

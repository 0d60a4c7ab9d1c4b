"""The catalog of triggers: all of them, or those that were saved since a revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.storage.database import Cursor
from app.storage.ids import NOBODY, parse_id

#: Workflows that are read at once. A row in memory takes several times what is kept of it.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One workflow as the catalog shows it."""

    workflow_id: str
    name: str
    version: int
    trigger: Any
    #: False where it is inactive or was deleted: its trigger is out of the game.
    is_live: bool
    #: Its flow control, as written in the definition.
    flow: Any = None
    #: The types of the engine that its trigger names; no other event of the engine starts it.
    named_types: Sequence[str] = ()


# Each is one statement, and so one snapshot: the revision and the entries belong together.
_SINCE = """
SELECT c.revision, w.id, w.name, w.version, w.trigger, w.is_active AND w.deleted_at IS NULL, w.flow,
       coalesce(w.named_types, '{}')
FROM catalog c LEFT JOIN LATERAL (
    SELECT * FROM workflows WHERE catalog_revision > %(known)s LIMIT %(most)s
) w ON true
WHERE c.id = 1
"""

_BEHIND = """
SELECT c.revision, w.id, w.name, w.version, w.trigger, w.is_active AND w.deleted_at IS NULL, w.flow,
       coalesce(w.named_types, '{}')
FROM catalog c LEFT JOIN LATERAL (
    SELECT * FROM workflows WHERE id > %(after)s AND catalog_revision > %(known)s
    AND (%(known)s > 0 OR (is_active AND deleted_at IS NULL)) ORDER BY id LIMIT %(most)s
) w ON true
WHERE c.id = 1 ORDER BY w.id
"""


def list_changes(cursor: Cursor, known: int) -> tuple[int, Iterable[CatalogEntry]]:
    """
    The revision of the catalog, and what was saved after the one that is known; 0 knows nothing.

    Many workflows are read in batches while they are iterated. What is saved meanwhile may be among them or not; it
    raises the revision, so it is a change since the one that is returned.
    """
    rows = _fetch_since(cursor, known) if known else _fetch_behind(cursor, known, NOBODY)
    revision = rows[0][0]
    if known and len(rows) == _BATCH:
        # There may be more, and these are in no order.
        rows = _fetch_behind(cursor, known, NOBODY)
    return revision, _read_all(cursor, known, rows)


def _read_all(cursor: Cursor, known: int, rows: list[Any]) -> Iterator[CatalogEntry]:
    """The workflows of this batch and of those behind it."""
    while True:
        yield from (CatalogEntry(*row[1:]) for row in rows if row[1] is not None)
        if len(rows) < _BATCH:
            return
        rows = _fetch_behind(cursor, known, rows[-1][1])


def _fetch_since(cursor: Cursor, known: int) -> list[Any]:
    cursor.execute(_SINCE, {"known": known, "most": _BATCH})
    rows: list[Any] = cursor.fetchall()
    return rows


def _fetch_behind(cursor: Cursor, known: int, after: str) -> list[Any]:
    cursor.execute(_BEHIND, {"known": known, "after": after, "most": _BATCH})
    rows: list[Any] = cursor.fetchall()
    return rows


_NAMED = """
SELECT id, version FROM workflows
WHERE deleted_at IS NULL AND (id = %(id)s OR name = %(name)s) ORDER BY (id = %(id)s) IS TRUE DESC LIMIT 3
"""


def find_by_reference(cursor: Cursor, reference: str) -> list[tuple[str, int]]:
    """The workflow of this id, or else those of this name: ids and newest versions, three at most."""
    id = parse_id(reference)
    cursor.execute(_NAMED, {"id": id, "name": reference})
    found = list(cursor.fetchall())
    return found[:1] if found and found[0][0] == id else found


def fetch_entry(cursor: Cursor, workflow_id: str) -> CatalogEntry | None:
    """One workflow; None where it was deleted."""
    cursor.execute(
        "SELECT id, name, version, trigger, is_active, flow FROM workflows WHERE id = %s AND deleted_at IS NULL",
        (workflow_id,),
    )
    row = cursor.fetchone()
    return None if row is None else CatalogEntry(*row)


def lock_entry(cursor: Cursor) -> None:
    """Open a transaction that no save of a workflow can overtake."""
    cursor.execute("BEGIN; SELECT revision FROM catalog WHERE id = 1 FOR SHARE")


def hold_revision(cursor: Cursor) -> None:
    """Keep saves of workflows from overtaking the open transaction."""
    cursor.execute("SELECT revision FROM catalog WHERE id = 1 FOR SHARE")

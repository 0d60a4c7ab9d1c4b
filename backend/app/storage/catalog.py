"""The catalog of triggers: all of them, or those that were saved since a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.storage.database import Cursor
from app.storage.ids import parse_id


@dataclass(frozen=True)
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
    #: The catalog's revision that its newest save brought.
    revision: int = 0
    #: The types of the engine that its trigger names; no other event of the engine starts it.
    named_types: Sequence[str] = ()


# One statement, and so one snapshot: the revision and the entries belong together.
_SINCE = """
SELECT c.revision, w.id, w.name, w.version, w.trigger, w.is_active AND w.deleted_at IS NULL, w.flow,
       w.catalog_revision, coalesce(w.named_types, '{}')
FROM catalog c
LEFT JOIN workflows w ON w.catalog_revision > %(known)s AND (%(known)s > 0 OR (w.is_active AND w.deleted_at IS NULL))
WHERE c.id = 1
"""


def list_changes(cursor: Cursor, known: int) -> tuple[int, list[CatalogEntry]]:
    """The revision of the catalog, and what was saved after the one that is known; 0 knows nothing."""
    cursor.execute(_SINCE, {"known": known})
    rows = cursor.fetchall()
    return rows[0][0], [CatalogEntry(*row[1:]) for row in rows if row[1] is not None]


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
        "SELECT id, name, version, trigger, is_active, flow, catalog_revision FROM workflows"
        " WHERE id = %s AND deleted_at IS NULL",
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

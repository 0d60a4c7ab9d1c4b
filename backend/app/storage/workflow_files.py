"""Workflow files that were registered, and whether one would change anything."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple, Protocol

from app.storage.database import Cursor
from app.storage.json_text import dumps
from app.storage.workflow_draft import WorkflowDraft


class Registered(Protocol):
    """What registering a file writes of a workflow."""

    @property
    def document(self) -> Any: ...

    @property
    def description(self) -> Any: ...

    @property
    def trigger(self) -> Any: ...

    @property
    def flow(self) -> Any: ...

    @property
    def warnings(self) -> Any: ...


class _Saved(NamedTuple):
    document: Any
    description: Any
    trigger: Any
    flow: Any
    warnings: Any


# The newest file of a name is the one that its workflow is registered from.
_SAVED = """
SELECT (SELECT digest FROM workflow_files f WHERE f.kind = w.kind AND f.name = w.name ORDER BY seq DESC LIMIT 1),
       w.document, w.description, w.trigger, w.flow, w.warnings
FROM workflows w WHERE w.kind = %(kind)s AND w.name = %(name)s AND w.deleted_at IS NULL
"""


def is_registered(cursor: Cursor, draft: WorkflowDraft, *, source: str) -> bool:
    """True where this draft of a file with the text ``source`` is registered, so that to do so changes nothing."""
    cursor.execute(_SAVED, {"kind": draft.kind, "name": draft.name})
    row = cursor.fetchone()
    if row is None:
        return False
    digest, *saved = row
    return digest == digest_of(source) and registered_text(_Saved(*saved)) == registered_text(draft)


def digest_of(source: str) -> str:
    """The digest by which the text of a file is known again."""
    return hashlib.sha256(source.encode()).hexdigest()


def registered_text(thing: Registered) -> str:
    """Everything that registering changes, as text to compare: 1, 1.0 and true differ in it."""
    return dumps((thing.document, thing.description, thing.trigger, thing.flow, thing.warnings))

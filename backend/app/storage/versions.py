"""The versions of a workflow, each with the trigger that it had last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.storage.orm import cursor_of


class Version(NamedTuple):
    """A version of a workflow."""

    version: int
    document: Any
    created_at: datetime
    #: The person or key that saved it first; null: not known.
    saved_by: str | None
    #: Trigger and flow control at the last save of this version; null where no save of it is recorded.
    trigger: Any
    flow: Any
    is_recorded: bool


# The revisions of one workflow are neighbours in the primary key; those of the versions of the page are read once.
_VERSIONS = """
WITH shown AS (
    SELECT version, document, created_at FROM workflow_versions
    WHERE workflow_id = %(workflow)s AND version > 0 AND version < %(before)s ORDER BY version DESC LIMIT %(limit)s
), saves AS MATERIALIZED (
    SELECT version, revision, saved_by, trigger, flow FROM trigger_revisions
    WHERE workflow_id = %(workflow)s AND version >= (SELECT min(version) FROM shown) AND version < %(before)s
), first AS (
    SELECT DISTINCT ON (version) version, saved_by FROM saves ORDER BY version, revision
), last AS (
    SELECT DISTINCT ON (version) version, trigger, flow FROM saves ORDER BY version, revision DESC
)
SELECT s.version, s.document, s.created_at, f.saved_by, l.trigger, l.flow, l.version IS NOT NULL
FROM shown s LEFT JOIN first f USING (version) LEFT JOIN last l USING (version) ORDER BY s.version DESC
"""


def list_versions(session: Session, workflow_id: str, *, limit: int, before: int = 2**31 - 1) -> Sequence[Version]:
    """The versions of a workflow before this number, newest first."""
    cursor = cursor_of(session)
    cursor.execute(_VERSIONS, {"workflow": workflow_id, "limit": limit, "before": before})
    return [*map(Version._make, cursor.fetchall())]

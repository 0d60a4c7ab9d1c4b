"""The triggers of the past, compiled: of every workflow that existed at a revision of the catalog."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import InvalidRule
from app.logic.jsonlogic import Rule, compile_rule
from app.storage import revisions
from app.storage.revisions import Revision, RevisionKey
from app.triggers.triggers import can_fire

#: Revisions of workflows that one process keeps compiled.
MOST_COMPILED = 30_000


@dataclass(frozen=True)
class PastWorkflow:
    """A workflow as one save left it, with its trigger compiled."""

    row: Revision
    #: None: it has no trigger, or one that this process cannot compile.
    rule: Rule | None
    #: Why the trigger cannot be compiled, such as an operator that is not registered here any more.
    problem: str | None = None


def compile_revision(row: Revision) -> PastWorkflow:
    """A revision with its trigger compiled."""
    if not can_fire(row.trigger):
        return PastWorkflow(row, None)
    try:
        return PastWorkflow(row, compile_rule(row.trigger))
    except InvalidRule as error:
        return PastWorkflow(row, None, str(error))


class PastTriggers:
    """Compiled triggers of the past; any number of threads may share it."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[RevisionKey, PastWorkflow] = OrderedDict()
        self._lock = threading.Lock()

    def list_at(self, session: Session, revision: int) -> Sequence[PastWorkflow]:
        """The workflows that existed at this revision of the catalog, newest first; what is kept is not read again."""
        keys = revisions.list_keys_at(session, revision)
        with self._lock:
            known = {key: self._compiled[key] for key in keys if key in self._compiled}
        missing = [key for key in keys if key not in known]
        if missing:
            rows = revisions.fetch_revisions(session, missing)
            for row in rows:
                known[RevisionKey(row.workflow_id, row.revision, row.saved_at)] = compile_revision(row)
        with self._lock:
            for key in keys:
                self._compiled[key] = known[key]
                self._compiled.move_to_end(key)
            while len(self._compiled) > MOST_COMPILED:
                self._compiled.popitem(last=False)
        return [known[key] for key in keys]

"""The triggers of all active workflows in memory: an event in, decisions out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.errors import InvalidDefinition, InvalidRule, RuleFailed
from app.flow_control.spec import Flow, read_flow
from app.logic.jsonlogic import Rule
from app.storage import catalog
from app.storage.catalog import CatalogEntry
from app.storage.database import Cursor
from app.triggers.index.stored_rule import compile_trigger
from app.triggers.index.trigger_index import TriggerIndex

log = logging.getLogger(__name__)

#: Logged once for each save that a process learns of; the workflow shows the reason among its warnings.
_UNUSABLE = (
    "Workflow %s cannot be started by events in this process: %s Register the operator here, or save the workflow anew."
)


@dataclass(frozen=True)
class Decisions:
    """The triggers' answers to one event; those that neither match nor raise are left out."""

    matched: list[CatalogEntry]
    #: Workflow and message of each trigger that raised.
    errors: list[tuple[str, str]]

    def including(self, entry: CatalogEntry | None) -> Decisions:
        """The same, with one workflow that is started whatever its trigger is."""
        if entry is None or any(known.workflow_id == entry.workflow_id for known in self.matched):
            return self
        return Decisions([*self.matched, entry], self.errors)


@dataclass(frozen=True)
class Triggers:
    """The triggers at one revision of the catalog; never changes."""

    revision: int = 0
    #: The workflows without their triggers, which the index has, and their flow control.
    entries: Mapping[str, CatalogEntry] = field(default_factory=dict)
    index: TriggerIndex[str] = field(default_factory=lambda: TriggerIndex([]))
    #: Flow control of those workflows that have any.
    flows: Mapping[str, Flow] = field(default_factory=dict)

    def decide(
        self, payload: Any, event: Mapping[str, Any], only: Callable[[CatalogEntry], bool] | None = None
    ) -> Decisions:
        """
        Match an event with the triggers; ``event`` is what they read as ``$event``.

        ``only`` selects the workflows whose triggers are asked; None: all.
        """
        extra = {"$event": event}
        matched: list[CatalogEntry] = []
        errors: list[tuple[str, str]] = []
        for workflow_id, rule in self.index.candidates(payload, extra=extra):
            if only is not None and not only(self.entries[workflow_id]):
                continue
            try:
                if rule.holds(payload, extra=extra):
                    matched.append(self.entries[workflow_id])
            except RuleFailed as error:
                errors.append((workflow_id, str(error)))
        return Decisions(matched, errors)

    def updated(self, revision: int, changes: Iterable[CatalogEntry]) -> Triggers:
        """The triggers after these saves; a trigger that was not saved is not compiled again."""
        entries, flows = dict(self.entries), dict(self.flows)
        # The changes are not collected: all of them are many after a start, and a row takes more than what is kept.
        rules = ((entry.workflow_id, _replace_entry(entries, flows, entry)) for entry in changes)
        index = self.index.updated(rules)
        return Triggers(revision, entries, index, flows)


def _replace_entry(entries: dict[str, CatalogEntry], flows: dict[str, Flow], entry: CatalogEntry) -> Rule | None:
    """Put a workflow as it was saved in the place of what was known of it; its trigger, if it has one."""
    entries.pop(entry.workflow_id, None)
    flows.pop(entry.workflow_id, None)
    if not (entry.is_live and (can_fire(entry.trigger) or entry.flow)):
        return None
    entries[entry.workflow_id] = replace(entry, trigger=None, flow=None, named_types=tuple(entry.named_types))
    try:
        flow = read_flow(entry.flow)
        if flow is not None:
            flows[entry.workflow_id] = flow
        return compile_trigger(entry.trigger)
    except (InvalidRule, InvalidDefinition) as error:
        log.warning(_UNUSABLE, entry.name, error, extra={"workflow": entry.workflow_id})
        return None


class TriggerCache:
    """The newest triggers that this process knows; any number of threads may share it."""

    def __init__(self) -> None:
        self.current = Triggers()
        self._refreshing = threading.Lock()

    def refresh(self, cursor: Cursor, *, stale: Triggers) -> None:
        """Read what was saved since, unless another thread has done so."""
        with self._refreshing:
            if self.current is not stale:
                return
            revision, changes = catalog.list_changes(cursor, stale.revision)
            if revision < stale.revision:  # another database, or an older state of this one
                stale = Triggers()
                revision, changes = catalog.list_changes(cursor, 0)
            self.current = stale.updated(revision, changes)


def can_fire(trigger: Any) -> bool:
    """False for a trigger that is absent, null or ``{}``: such a workflow is started by hand only."""
    return trigger is not None and trigger != {}

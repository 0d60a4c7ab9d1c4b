"""The audience of an event of the engine: the workflows whose triggers are asked about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.flow_control.spec import Flow
from app.storage.catalog import CatalogEntry
from app.storage.events import NewEvent

#: The largest depth: how many executions and events, each started by the one before, may lead to an execution.
DEEPEST = 20


def select_audience(event: NewEvent, flows: Mapping[str, Flow]) -> Callable[[CatalogEntry], bool] | None:
    """
    Return what selects the workflows that an event of the engine may start; None for any other event.

    They are those whose triggers name its type. A workflow is not started by events about its own executions unless its
    ``self`` is true, and beyond the limit of depth nothing is started.
    """
    if event.about is None:
        return None

    def selects(entry: CatalogEntry) -> bool:
        return event.depth <= DEEPEST and find_obstacle(entry, event.type, event.about, flows) is None

    return selects


def find_obstacle(entry: CatalogEntry, type: Any, about: Any, flows: Mapping[str, Flow]) -> str | None:
    """Why an event of the engine of this type, about an execution of ``about``, does not concern a workflow, if so."""
    return describe_obstacle(
        is_named=type in entry.named_types,
        is_own=entry.workflow_id == about,
        starts_itself=(flow := flows.get(entry.workflow_id)) is not None and flow.starts_itself,
    )


def describe_obstacle(*, is_named: bool, is_own: bool, starts_itself: bool) -> str | None:
    """Why an event of the engine does not concern a workflow, as sentences; None if it does."""
    if not is_named:
        return (
            "It is an event of the engine, and the trigger does not ask for its type; compare `$event.type` with that "
            "type to be started by it."
        )
    if is_own and not starts_itself:
        return "It is about an execution of this workflow, which may start it only with `self: true`."
    return None

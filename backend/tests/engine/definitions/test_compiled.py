"""Compiled versions, kept as long as they are used."""

from __future__ import annotations

from app.engine.definitions.compiled import WorkflowCache
from app.storage.definition import Definition
from tests.scenarios.graphs import graph
from tests.scenarios.stack import registry


def test_versions_that_were_used_last_are_kept() -> None:
    workflows = WorkflowCache(registry(), keep=2)
    loaded: list[str] = []

    def use(workflow: str) -> None:
        def load() -> Definition:
            loaded.append(workflow)
            return Definition("graph", graph("start>a"))

        workflows.get(workflow, 1, load)

    for workflow in ("a", "b", "a", "c", "a", "b"):
        use(workflow)

    assert loaded == ["a", "b", "c", "b"]

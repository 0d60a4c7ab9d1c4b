"""Compile a document of any dialect to a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.graph.building.build import Built
from app.graph.dialects.dag.compile import compile_dag, read_dag, show_dag
from app.graph.dialects.graph.compile import compile_nodes, without_presentation
from app.graph.dialects.steps.compile import compile_steps, read_steps_document, show_steps, steps_essence
from app.graph.dialects.tasks.compile import compile_tasks, show_tasks, tasks_essence
from app.graph.model import Traits
from app.logic.pointer import replaced_at


@dataclass(frozen=True)
class Dialect:
    """The functions for documents of one kind."""

    compile: Callable[..., Built]
    #: The parts that decide what runs: documents that are equal here are one version.
    essence: Callable[[Any], Any]
    #: The members of a workflow that show it, including the graph.
    show: Callable[[Any], dict[str, Any]]
    #: The document in a body that was shown and is sent back; None if it has none, or is read elsewhere.
    read: Callable[[Mapping[str, Any], Any], Any] = lambda body, saved: None
    #: Where the places of ``Built`` begin in a stored document.
    root: str = ""


#: Dialects by the kind of a workflow.
DIALECTS = {
    "graph": Dialect(compile_nodes, without_presentation, lambda document: {"graph": document}),
    "tasks": Dialect(compile_tasks, tasks_essence, show_tasks, root="/definition"),
    "dag": Dialect(compile_dag, lambda document: document, show_dag, read_dag),
    "steps": Dialect(compile_steps, steps_essence, show_steps, read_steps_document),
}


def compile_document(
    kind: str, document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000
) -> Built:
    """The graph of a document. Raises InvalidDefinition with all of its problems."""
    return DIALECTS[kind].compile(document, types, pointer=pointer, max_nodes=max_nodes)


def essence_of(kind: str, document: Any) -> Any:
    """The parts of the document that decide what runs."""
    return DIALECTS[kind].essence(document)


def show_document(kind: str, document: Any) -> dict[str, Any]:
    """The members of a workflow that come from its document."""
    return DIALECTS[kind].show(document)


def with_data(kind: str, document: Any, place: str, data: Any) -> Any:
    """The stored document with other data of a node, whose place is that of ``Built``."""
    return replaced_at(document, DIALECTS[kind].root + place, data)


def read_document(kind: str, body: Mapping[str, Any], saved: Any) -> Any:
    """The document in a body that was shown and is sent back, changed or not; None if there is none."""
    return DIALECTS[kind].read(body, saved)

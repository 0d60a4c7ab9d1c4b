"""The secrets and credentials that a definition names, and whether they exist."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from app.engine.definitions.compiled import (
    AUTH,
    GRAPH,
    IN_PLACE,
    credential_of,
    deferred_templates_of,
    templates_of,
)
from app.engine.registry import NodeHandler, Registry
from app.errors import InvalidTemplate, Problem
from app.graph.compile import compile_document
from app.graph.model import Node
from app.logic.templates import compile_template
from app.secrets.cache import PREFIX
from app.storage.stored_secrets import StoredNames


class NameUse(NamedTuple):
    """One name in the data of a node."""

    #: The key of the data.
    key: str
    #: ``secret`` or ``credential``.
    kind: str
    name: str


@dataclass(frozen=True)
class KnownNames:
    """The names that exist, in Postgres or in the environment of this process; read when they are first needed."""

    read: Callable[[], StoredNames]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def stored(self) -> StoredNames:
        return self.read()

    def has(self, use: NameUse) -> bool:
        if use.kind == "credential":
            return use.name in self.stored.credentials
        return bool(self.environment.get(PREFIX + use.name)) or use.name in self.stored.secrets


def list_uses(node: Node, handler: NodeHandler | None) -> list[NameUse]:
    """The names in a node's own data, without those in its inline graph."""
    uses = []
    for key, value in {**templates_of(node, handler), **deferred_templates_of(node, handler)}.items():
        try:
            names = compile_template(value).secrets
        except InvalidTemplate:
            continue
        uses += [NameUse(key, "secret", name) for name in sorted(names)]
    credential = credential_of(node, handler)
    if credential is not None:
        uses.append(NameUse(AUTH, "credential", credential))
    return uses


def list_document_uses(kind: str, document: Any, registry: Registry) -> Iterator[NameUse]:
    """The names in a saved definition, inline graphs included; nothing where this build cannot compile it."""
    try:
        built = compile_document(kind, document, registry.traits, max_nodes=sys.maxsize)
    except Exception:  # the document may be from another build, as in ``WorkflowCache``
        return
    for node in built.nodes:
        handler = registry.get(node.type)
        yield from list_uses(node, handler)
        if node.data.get(GRAPH) is not None and GRAPH in getattr(handler, "verbatim", ()):
            yield from list_document_uses(IN_PLACE, node.data[GRAPH], registry)


def warn_unknown_names(
    node: Node, handler: NodeHandler | None, known: KnownNames, places: Mapping[str, str]
) -> Iterator[Problem]:
    """A warning for each name that does not exist."""
    for use in list_uses(node, handler):
        if known.has(use):
            continue
        if use.kind == "credential":
            fault = f"the credential {use.name} does not exist; store it by PUT /credentials/{use.name}"
        else:
            fault = (
                f"the secret {use.name} is neither stored nor set as {PREFIX}{use.name} for this API;"
                f" store it by PUT /secrets/{use.name}"
            )
        pointer = f"{places.get(node.id, '')}/{use.key}"
        code = f"UNKNOWN_{use.kind.upper()}"
        yield Problem(code, f"Node {node.id}: {use.key}: {fault}.", node_id=node.id, pointer=pointer)

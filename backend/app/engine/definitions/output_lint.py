"""Warnings about references to members that the output of a node cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from app.engine.definitions.compiled import rules_of
from app.engine.registry import NodeHandler, Registry
from app.errors import InvalidRule, Problem
from app.graph.model import Graph, Node
from app.graph.names import listed
from app.logic.jsonlogic import compile_rule, compile_value
from app.logic.pointer import printable
from app.logic.references import Source
from app.logic.templates import Template
from app.logic.variables import STEPS, longest_id

#: The output of a node whose failure was caught has this member instead.
_ERROR = "error"


def warn_outputs(
    node: Node, handler: NodeHandler | None, template: Template, graph: Graph, registry: Registry, place: str
) -> Iterator[Problem]:
    """
    Templates and rules of a node that refer to a member which the other node's type never has.

    Only types that list all members of their output as ``outputs`` are looked at; ``place`` leads to the node's data.
    """
    references = [(each.name, each.path) for each in template.references if each.source is Source.NODE]
    references += _rule_references(node, handler, graph)
    for name, path in sorted(set(references)):
        members = _output_members(graph, registry, name)
        rest = path[1:] if path[:1] == ("output",) else path
        if members is not None and rest and rest[0] not in (*members, _ERROR):
            message = (
                f"Node {node.id} refers to {printable(rest[0])[:80]} in the output of {name}, which never has it: "
                f"a node of type {graph.nodes[name].type} has {listed(list(members))}."
            )
            yield Problem("OUTPUT_NOT_THERE", message, node_id=node.id, pointer=place)


def _output_members(graph: Graph, registry: Registry, name: str) -> tuple[str, ...] | None:
    """All members that the output of a node can have; None if that is not known."""
    node = graph.nodes.get(name)
    handler: Any = None if node is None else registry.get(node.type)
    return getattr(handler, "outputs", None)


def _rule_references(node: Node, handler: NodeHandler | None, graph: Graph) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The outputs that the rules of a node read as ``$steps.<node>.<member>``."""
    if handler is None:
        return
    nodes: Mapping[str, Node] = graph.nodes
    for _, rule, builds in rules_of(node, handler):
        with suppress(InvalidRule):
            for path in (compile_value(rule) if builds else compile_rule(rule)).beside:
                name = longest_id(path[1:], nodes) if path[0] == STEPS else None
                if name is not None:
                    yield name, path[1 + name.count(".") + 1 :]

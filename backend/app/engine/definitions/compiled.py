"""Compiled workflow versions: the graph, and each node's handler, template and rules."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from pydantic import BaseModel, ValidationError

from app.engine.registry import NodeHandler, Registry, RuleAt, Way, is_pure, way_of
from app.errors import InvalidRule, InvalidTemplate, Problem, Unreadable
from app.graph.building.part import cut_graph
from app.graph.compile import compile_document
from app.graph.model import Graph, Node
from app.graph.model_errors import ModelError, model_errors
from app.logic.jsonlogic import Rule, compile_rule, compile_value
from app.logic.pointer import child
from app.logic.templates import Template, compile_template, is_template
from app.storage.definition import Definition
from app.storage.starting import Startable

#: The key of a node's data that names a credential.
AUTH = "auth"
#: The key of a node's data that holds an inline graph, and the kind of such a graph.
GRAPH = "graph"
IN_PLACE = "graph"


@dataclass(frozen=True)
class CompiledNode:
    """One node, ready to run."""

    node: Node
    handler: NodeHandler | None
    pure: bool
    template: Template
    #: Compiled rules by the identity of their source, which the node's data keeps alive.
    rules: Mapping[int, Rule] = field(default_factory=dict)
    #: Nodes whose outputs its data refers to; None: any.
    needs: frozenset[str] | None = frozenset()
    needs_input: bool = False
    #: Templates of the keys that the handler fills itself.
    later: Mapping[str, Template] = field(default_factory=dict)
    #: True where the rendered data must be checked again, because templates filled it.
    checks_rendered: bool = False
    #: True where each of its edges leads to a node that nothing else enters, in the same loops.
    straight: bool = False
    #: True where no edge leaves it.
    is_end: bool = False
    #: True where its completion runs no pure node: it ends its path, or one node with an effect follows.
    leads_to_effect: bool = False
    #: The secrets that its templates name, and its credential.
    secrets: frozenset[str] = frozenset()
    credential: str | None = None
    #: Where its handler runs, if it has effects.
    way: Way = Way.THREAD
    #: The message with which its step can only fail.
    fault: str | None = None


@dataclass(frozen=True)
class CompiledWorkflow:
    """A version of a workflow, ready to run."""

    graph: Graph
    nodes: Mapping[str, CompiledNode]
    compensates: bool
    defer_failure: bool


#: Stands in for a version that cannot be compiled.
NO_WORKFLOW = CompiledWorkflow(Graph({}, (), ()), {}, compensates=False, defer_failure=False)


def compile_workflow(graph: Graph, registry: Registry) -> CompiledWorkflow:
    nodes = {
        node.id: replace(_compile_node(graph, node, registry.get(node.type)), straight=_is_straight(graph, node))
        for node in graph.nodes.values()
    }
    pure = {id for id, node in nodes.items() if node.pure}
    nodes = {
        id: replace(node, leads_to_effect=_leads_to_effect(graph, node.node, pure), is_end=not graph.out[id])
        for id, node in nodes.items()
    }
    return CompiledWorkflow(graph, nodes, graph.compensates, graph.defer_failure)


def _is_straight(graph: Graph, node: Node) -> bool:
    edges = graph.out[node.id]
    targets = [graph.nodes[edge.target] for edge in edges]
    alone = all(len(graph.into[target.id]) == 1 and target.loops == node.loops for target in targets)
    alone = alone and all(map(graph.goes_along, edges))
    return bool(targets) and alone and not any(target.is_header for target in targets)


def _leads_to_effect(graph: Graph, node: Node, pure: Collection[str]) -> bool:
    """Return False where other nodes may follow than one with an effect, along skipped edges or out of a loop too."""
    edges = graph.out[node.id]
    is_plain = len(edges) <= 1 and all(edge.handle is None and edge.target not in pure for edge in edges)
    return is_plain and not node.loops and not graph.compensates


def _compile_node(graph: Graph, node: Node, handler: NodeHandler | None) -> CompiledNode:
    if handler is None:
        message = f"No handler is registered for the node type {node.type}."
        return CompiledNode(node, None, True, compile_template({}), fault=message)
    fault = node.fault or next((problem.message for problem in data_problems(node, handler)), None)
    try:
        template, *rest = (
            compile_template(data, graph.nodes, input_is=graph.input_is)
            for data in (templates_of(node, handler), *deferred_templates_of(node, handler).values())
        )
        later = dict(zip(deferred_templates_of(node, handler), rest, strict=True))
        rules = {
            id(rule): compile_value(rule) if builds else compile_rule(rule)
            for _, rule, builds in rules_of(node, handler)
        }
    except (InvalidTemplate, InvalidRule) as error:
        return CompiledNode(
            node, handler, is_pure(handler, node.data), compile_template({}), fault=fault or f"Node {node.id}: {error}"
        )
    return CompiledNode(
        node,
        handler,
        is_pure(handler, node.data),
        template,
        rules,
        needs=_needs([template, *rest], rules, graph.nodes.keys()),
        needs_input=any(each.uses_input for each in (template, *rest)) or bool(getattr(handler, "needs_input", True)),
        later=later,
        secrets=frozenset().union(*(each.secrets for each in (template, *rest))),
        credential=credential_of(node, handler),
        way=way_of(handler),
        checks_rendered=bool(template.references) and hasattr(handler, "Data"),
        fault=fault,
    )


def _needs(templates: Iterable[Template], rules: Mapping[int, Rule], ids: Collection[str]) -> frozenset[str] | None:
    needed = {node for template in templates for node in template.nodes}
    for rule in rules.values():
        steps = rule.steps(ids)
        if steps is None:
            return None
        needed |= steps
    return frozenset(needed)


def templates_of(node: Node, handler: NodeHandler | None) -> dict[str, Any]:
    """Return the part of the data whose ``{{ … }}`` are filled before the handler runs: no rules, no inline graph."""
    left = {*getattr(handler, "verbatim", ()), *getattr(handler, "later", ())}
    return {key: value for key, value in node.data.items() if key not in left}


def deferred_templates_of(node: Node, handler: NodeHandler | None) -> dict[str, Any]:
    """Return the part of the data whose ``{{ … }}`` the handler fills itself, once or several times."""
    return {key: node.data[key] for key in getattr(handler, "later", ()) if key in node.data}


def credential_of(node: Node, handler: NodeHandler | None) -> str | None:
    """The credential that a node names, if its type has one."""
    name = node.data.get(AUTH)
    return name if isinstance(name, str) and AUTH in getattr(handler, "verbatim", ()) else None


def rules_of(node: Node, handler: NodeHandler) -> list[RuleAt]:
    """Return the JSONLogic rules in a node's data."""
    return list(handler.rules(node.data)) if hasattr(handler, "rules") else []


def data_problems(node: Node, handler: NodeHandler, data: Any = None) -> list[Problem]:
    """Return the problems of a node's data by its type's model, except in places that a template fills."""
    model: type[BaseModel] | None = getattr(handler, "Data", None)
    if model is None:
        return []
    given = dict(node.data) if data is None else data
    try:
        model.model_validate(given)
    except ValidationError as error:
        verbatim = getattr(handler, "verbatim", ())
        return [
            _data_problem(node, found)
            for found in model_errors(error, given)
            if (found.path and found.path[0] in verbatim) or not _is_template(given, found.path)
        ]
    return []


def _data_problem(node: Node, error: ModelError) -> Problem:
    place = ".".join(str(part) for part in error.path) or "data"
    pointer = "".join(child("", part) for part in error.path)
    return Problem("INVALID_DATA", f"Node {node.id}: {place}: {error.message}.", node_id=node.id, pointer=pointer)


def _is_template(data: Any, loc: tuple[int | str, ...]) -> bool:
    """Return True if the place, or what contains it, is text with a placeholder."""
    for part in loc:
        if isinstance(data, str):
            break
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(data, str) and is_template(data)


class WorkflowCache:
    """Compiled versions, which never change, and the newest known revisions of workflows; the last ones are kept."""

    def __init__(self, registry: Registry, keep: int = 500) -> None:
        self._registry = registry
        self._keep = keep
        self._compiled: OrderedDict[tuple[str, int, tuple[str, ...]], CompiledWorkflow] = OrderedDict()
        self._newest: OrderedDict[str, Startable] = OrderedDict()
        self._lock = Lock()

    def newest(self, workflow_id: str) -> Startable | None:
        """A workflow as it was remembered last; it may have been saved since."""
        return self._newest.get(workflow_id)

    def remember(self, workflow_id: str, workflow: Startable) -> None:
        """Keep the newest revision of a workflow."""
        with self._lock:
            self._newest[workflow_id] = workflow
            self._newest.move_to_end(workflow_id)
            if len(self._newest) > self._keep:
                self._newest.popitem(last=False)

    def get(
        self, workflow_id: str, version: int, load: Callable[[], Definition], inside: tuple[str, ...] = ()
    ) -> CompiledWorkflow:
        """
        Return a compiled version; ``load`` returns its definition if it is not cached.

        ``inside`` names nodes, outermost first: the inline graph of the last one is returned. Raises Unreadable, and
        what ``load`` raises.
        """
        key = (workflow_id, version, inside)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compile(key, self._load_inner(key, load) if inside else load())
        with self._lock:
            self._compiled[key] = compiled
            self._compiled.move_to_end(key)
            if len(self._compiled) > self._keep:
                self._compiled.popitem(last=False)
        return compiled

    def compile(self, kind: str, document: Any) -> CompiledWorkflow:
        """Return a document that is not stored, compiled. Raises InvalidDefinition."""
        return compile_workflow(compile_document(kind, document, self._registry.traits).graph, self._registry)

    def _compile(self, key: tuple[str, int, tuple[str, ...]], found: Definition) -> CompiledWorkflow:
        workflow_id, version, inside = key
        try:
            # The size was checked when the version was saved.
            built = compile_document(found.kind, found.document, self._registry.traits, max_nodes=sys.maxsize)
            graph = built.graph if found.until is None else cut_graph(built, found.until)
            return compile_workflow(graph, self._registry)
        except Exception as error:  # code of handlers takes part, and the document may be from another build
            place = f", graph of node {inside[-1]}," if inside else ""
            message = f"Version {version} of workflow {workflow_id}{place} cannot be compiled: {str(error)[:500]}"
            raise Unreadable([Problem("UNREADABLE", message)]) from error

    def _load_inner(self, key: tuple[str, int, tuple[str, ...]], load: Callable[[], Definition]) -> Definition:
        workflow_id, version, inside = key
        outer = self.get(workflow_id, version, load, inside[:-1])
        return Definition(IN_PLACE, outer.nodes[inside[-1]].node.data[GRAPH])

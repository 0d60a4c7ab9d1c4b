"""Validate a definition before it runs: its graph, and the data, rules and templates of its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.engine.definitions.compiled import (
    GRAPH,
    IN_PLACE,
    data_problems,
    deferred_templates_of,
    rules_of,
    templates_of,
)
from app.engine.definitions.data_keys import warn_data_keys
from app.engine.definitions.names import KnownNames, warn_unknown_names
from app.engine.definitions.output_lint import warn_outputs
from app.engine.registry import NodeHandler, Registry
from app.errors import InvalidDefinition, InvalidRule, InvalidTemplate, Problem
from app.graph.building.build import Built
from app.graph.building.case_advice import warn_cases
from app.graph.building.case_lint import warn_case_reach
from app.graph.building.precedence import Precedence
from app.graph.building.reserved import RESERVED
from app.graph.compile import compile_document
from app.graph.model import Graph, Node
from app.graph.path_lint import EventCondition
from app.graph.rule_advice import warn_condition, warn_value
from app.logic.jsonlogic import compile_rule, compile_value
from app.logic.reasoning.solving import Effort
from app.logic.references import Source
from app.logic.templates import Template, compile_template
from app.triggers.triggers import can_fire

#: The node types whose conditions read events, and whether that is the event that started the execution.
_ON_EVENTS = {"branch": True, "wait_for_event": False}
#: Warnings of one definition; more are not shown.
MOST_WARNINGS = 1000


def validate(
    document: Any,
    registry: Registry,
    *,
    kind: str = "graph",
    pointer: str = "",
    max_nodes: int = 10_000,
    known: KnownNames | None = None,
) -> Built:
    """
    The graph of a document with every warning. ``pointer`` is the JSON pointer of the document in its request body;
    ``known`` None: secrets and credentials are not looked up.

    Raises InvalidDefinition with every problem for which it is refused.
    """
    built = compile_document(kind, document, registry.traits, pointer=pointer, max_nodes=max_nodes)
    check = _Check(built, registry, max_nodes, known)
    for node in built.nodes:
        check.check_node(node)
    if check.errors:
        raise InvalidDefinition(check.errors)
    return replace(built, warnings=check.warnings[:MOST_WARNINGS])


class _Check:
    """The problems of a definition that are found node by node."""

    def __init__(self, built: Built, registry: Registry, max_nodes: int, known: KnownNames | None) -> None:
        self.built = built
        self.registry = registry
        self.max_nodes = max_nodes
        self.known = known
        self.errors: list[Problem] = []
        self.warnings = list(built.warnings)
        #: The list for problems with which a step is certain to fail: only some dialects refuse them.
        self.fatal = self.errors if built.strict else self.warnings
        self.precedence = Precedence(built.graph)
        self.effort = Effort()

    def check_node(self, node: Node) -> None:
        handler = self.registry.get(node.type)
        if handler is None:
            self.fatal.append(_unknown_type(node, self.built.places, self.built.type_key))
        else:
            self._check_data(node, handler)
        self._check_templates(node, handler)

    def _check_data(self, node: Node, handler: NodeHandler) -> None:
        places = self.built.places
        self.errors += _rule_problems(node, handler, places)
        if node.id not in self.built.generated:
            self.warnings += _rule_warnings(node, handler, places, self.effort)
            self.warnings += warn_cases(node, places.get(node.id, ""))
            self.warnings += _case_warnings(node, self.built.graph, places, self.effort)
            self.warnings += warn_data_keys(node, handler, places, strict=self.built.strict)
        self.fatal += [_placed(problem, places) for problem in _model_problems(node, handler)]
        refused, warned = _inner_problems(node, handler, self.registry, places, self.max_nodes, self.known)
        self.errors += refused
        self.warnings += warned

    def _check_templates(self, node: Node, handler: NodeHandler | None) -> None:
        graph, places = self.built.graph, self.built.places
        data = {**templates_of(node, handler), **deferred_templates_of(node, handler)}
        template = _template_problems(node, data, graph, places)
        if isinstance(template, Problem):
            self.fatal.append(template)
            return
        self.warnings += _too_early(node, template, graph, self.precedence, places)
        self.warnings += warn_outputs(node, handler, template, graph, self.registry, places.get(node.id, ""))
        self.warnings += _secrets_passed_on(node, handler, places)
        self.warnings += warn_unknown_names(node, handler, self.known, places) if self.known else []
        self.warnings += _advice(node, handler, places)


def trigger_problems(trigger: Any) -> list[Problem]:
    """The problems of a trigger, for which it is refused."""
    if not can_fire(trigger):
        return []
    try:
        compile_rule(trigger)
    except InvalidRule as error:
        return [Problem(error.code, f"The trigger: {error}", pointer=f"/trigger{error.pointer}")]
    return []


def trigger_warnings(trigger: Any) -> list[Problem]:
    """Warnings about a trigger that is saved all the same: one that is constant, for example."""
    return warn_condition(trigger, "The trigger", "/trigger") if can_fire(trigger) else []


def event_conditions(built: Built, registry: Registry) -> list[EventCondition]:
    """The conditions of a graph that read an event: of branches the one that started it, of waits a later one."""
    found = []
    given = frozenset(parameter.name for parameter in built.graph.parameters)
    for node in built.nodes:
        handler = registry.get(node.type)
        if node.type not in _ON_EVENTS or handler is None or node.id in built.generated:
            continue
        for pointer, rule, _ in rules_of(node, handler):
            what, place = _name_rule(node, pointer), f"{built.places.get(node.id, '')}{pointer}"
            of_payload = _ON_EVENTS[node.type]
            found.append(EventCondition(rule, what, place, node.id, of_payload, given if of_payload else frozenset()))
    return found


def _name_rule(node: Node, pointer: str) -> str:
    return f"Node {node.id}: {pointer[1:].replace('/', '.')}"


def _unknown_type(node: Node, places: Mapping[str, str], key: str) -> Problem:
    message = f"No handler is registered for the {key} {node.type} of node {node.id}: its step would fail."
    pointer = f"{places.get(node.id, '').rpartition('/')[0]}/{key}"
    return Problem("UNKNOWN_NODE_TYPE", message, node_id=node.id, pointer=pointer)


def _placed(problem: Problem, places: Mapping[str, str]) -> Problem:
    return replace(problem, pointer=places.get(problem.node_id or "", "") + problem.pointer)


def _rule_problems(node: Node, handler: NodeHandler, places: Mapping[str, str]) -> Iterator[Problem]:
    for pointer, rule, builds in rules_of(node, handler):
        try:
            compile_value(rule) if builds else compile_rule(rule)
        except InvalidRule as error:
            place = f"{places.get(node.id, '')}{pointer}{error.pointer}"
            yield Problem(error.code, f"Node {node.id}: {error}", node_id=node.id, pointer=place)


def _rule_warnings(node: Node, handler: NodeHandler, places: Mapping[str, str], effort: Effort) -> Iterator[Problem]:
    for pointer, rule, builds in rules_of(node, handler):
        what, place = _name_rule(node, pointer), f"{places.get(node.id, '')}{pointer}"
        if builds:
            yield from warn_value(rule, what, place, node.id)
        else:
            yield from warn_condition(rule, what, place, node.id, effort=effort)


def _case_warnings(node: Node, graph: Graph, places: Mapping[str, str], effort: Effort) -> list[Problem]:
    continues = any(edge.handle is None and not edge.implied for edge in graph.out.get(node.id, ()))
    return warn_case_reach(node, places.get(node.id, ""), effort, continues=continues)


def _model_problems(node: Node, handler: NodeHandler) -> list[Problem]:
    """Problems of the data by the type's model, except those of reserved keys, which the graph has reported."""
    found = data_problems(node, handler)
    return [problem for problem in found if not (node.fault and problem.pointer[1:].split("/")[0] in RESERVED)]


def _inner_problems(
    node: Node,
    handler: NodeHandler,
    registry: Registry,
    places: Mapping[str, str],
    max_nodes: int,
    known: KnownNames | None,
) -> tuple[list[Problem], list[Problem]]:
    """The problems of the inline graph of a node, and the warnings about it."""
    graph = node.data.get(GRAPH)
    if graph is None or GRAPH not in getattr(handler, "verbatim", ()):
        return [], []
    place = f"{places.get(node.id, '')}/{GRAPH}"
    try:
        built = validate(graph, registry, kind=IN_PLACE, pointer=place, max_nodes=max_nodes, known=known)
    except InvalidDefinition as error:
        return [_within(node, problem) for problem in error.problems], []
    return [], [_within(node, problem) for problem in built.warnings]


def _within(node: Node, problem: Problem) -> Problem:
    return replace(problem, message=f"In the graph of node {node.id}: {problem.message}")


def _secrets_passed_on(node: Node, handler: NodeHandler | None, places: Mapping[str, str]) -> Iterator[Problem]:
    """Secrets in data that is stored for another execution, which gets ``***`` instead."""
    for key in getattr(handler, "passed_on", ()):
        references = compile_template(node.data.get(key)).references
        for name in sorted(reference.name for reference in references if reference.source is Source.SECRET):
            message = (
                f"Node {node.id}: {key} refers to the secret {name}, but it is stored, so *** arrives in its place;"
                f" write {{{{ secret.{name} }}}} in the node that uses it."
            )
            pointer = f"{places.get(node.id, '')}/{key}"
            yield Problem("SECRET_PASSED_ON", message, node_id=node.id, pointer=pointer)


def _advice(node: Node, handler: NodeHandler | None, places: Mapping[str, str]) -> Iterator[Problem]:
    """Warnings of the type about data that is valid, but may not do what its author expects."""
    advice = getattr(handler, "advice", None)
    for key, code, message in advice(node.data) if advice else ():
        pointer = f"{places.get(node.id, '')}/{key}"
        yield Problem(code, f"Node {node.id}: {key}: {message}.", node_id=node.id, pointer=pointer)


def _template_problems(node: Node, data: dict[str, Any], graph: Graph, places: Mapping[str, str]) -> Template | Problem:
    """The template of a node's data, or its problem."""
    try:
        return compile_template(data, graph.nodes, input_is=graph.input_is)
    except InvalidTemplate as error:
        place = places.get(node.id, "") + error.pointer
        return Problem("INVALID_TEMPLATE", f"Node {node.id}: {error}", node_id=node.id, pointer=place)


def _too_early(
    node: Node, template: Template, graph: Graph, precedence: Precedence, places: Mapping[str, str]
) -> Iterator[Problem]:
    for reference in sorted(template.nodes if node.id in graph.nodes else ()):
        if not precedence.allows(reference, node.id):
            message = f"A template of node {node.id} refers to {reference}, which cannot have run by then."
            place = places.get(node.id, "")
            yield Problem("TEMPLATE_NODE_NOT_BEFORE", message, node_id=node.id, pointer=place)

"""A compiled graph as it is shown, with the places of a drawing that are in its document."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.api.dependencies import AppContext
from app.api.http.bodies import object_of, parse_exactly, text_of
from app.api.views.workflow_bodies import parse_workflow, read_graph, with_path_warnings
from app.errors import InvalidDefinition
from app.graph.building.build import Built
from app.graph.building.cases import cases_of, handles_of
from app.graph.compile import compile_document, show_document
from app.graph.dialects.tasks.compile import read_definition
from app.graph.model import ERROR, Graph, Node
from app.logic.similar_paths import Path
from app.storage.models.workflows import Workflow

#: The nodes of a drawing by their ids, as they are in its document.
Drawn = Mapping[str, Mapping[str, Any]]
#: Keys of a node's data that name it for people, best first.
TITLES = ("label", "title", "name")
#: Characters of a title.
LONGEST_TITLE = 200


def show_built(built: Built, drawing: Any) -> dict[str, Any]:
    """A graph that was just compiled, with its nodes that never run; ``drawing`` shows its document."""
    drawn = nodes_in(drawing)
    nodes = [
        {**show_node(node, drawn), "pointer": built.places.get(node.id), "runs": node.id in built.graph.nodes}
        for node in built.nodes
    ]
    return {"nodes": nodes, **show_edges(built.graph)}


def show_graph(graph: Graph, drawing: Any) -> dict[str, Any]:
    """A graph of which only the nodes that can run are known."""
    drawn = nodes_in(drawing)
    nodes = [{**show_node(node, drawn), "pointer": None, "runs": True} for node in graph.nodes.values()]
    return {"nodes": nodes, **show_edges(graph)}


def drawing_of(kind: str, document: Any, inside: Sequence[str] = ()) -> Any:
    """The graph that shows a document, or the one in the data of a node; ``inside`` names nodes, outermost first."""
    drawing = show_document(kind, document).get("graph")
    for id in inside:
        drawing = (nodes_in(drawing).get(id, {}).get("data") or {}).get("graph")
    return drawing


def show_compiled(body: bytes, context: AppContext, known: Collection[Path], saved: Workflow | None) -> dict[str, Any]:
    """The graph in a body as it would be saved, with the problems; ``known`` are the paths that recent events have."""
    errors: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    limit = context.settings.max_nodes
    try:
        draft = parse_workflow(body, context.registry, max_nodes=limit, known=context.known_names, saved=saved)
        warnings = with_path_warnings(draft, known).warnings
    except InvalidDefinition as error:
        errors = [problem.as_dict() for problem in error.problems]
    try:
        kind, document, pointer = read_definition_of(body, saved)
        built = compile_document(kind, document, context.registry.traits, pointer=pointer, max_nodes=limit)
    except InvalidDefinition:
        return {"graph": None, "errors": errors, "warnings": warnings}
    return {"graph": show_built(built, drawing_of(kind, document)), "errors": errors, "warnings": warnings}


def read_definition_of(body: bytes, saved: Workflow | None) -> tuple[str, Any, str]:
    """The kind of the document in a body, the document, and a JSON Pointer to it. Raises InvalidDefinition."""
    given = object_of(parse_exactly(text_of(body)), "A workflow")
    text = given.get("definition_yaml")
    return read_graph(given, saved) if text is None else ("tasks", read_definition(text), "")


def show_node(node: Node, drawn: Drawn) -> dict[str, Any]:
    return {
        "id": node.id,
        "type": node.type,
        "title": title_of(drawn.get(node.id, {}).get("data"), node.data) or node.id,
        "data": dict(node.data),
        "handles": list(dict.fromkeys(handle_names(node))),
        "position": position_of(node.id, drawn),
    }


def show_edges(graph: Graph) -> dict[str, Any]:
    edges = [
        {"source": edge.source, "target": edge.target, "handle": edge.handle, "implied": edge.implied}
        for edge in graph.edges
    ]
    return {"edges": edges, "entries": list(graph.entries)}


def title_of(*data: Any) -> str | None:
    """The name of a node for people, in the first of these data that has one."""
    texts = (each.get(key) for each in data if isinstance(each, Mapping) for key in TITLES)
    return next((text.strip()[:LONGEST_TITLE] for text in texts if isinstance(text, str) and text.strip()), None)


def handle_names(node: Node) -> Iterator[str]:
    """The handles that edges may leave a node from."""
    yield from node.traits.handles
    for _, case in cases_of(node):
        yield from handles_of(case)[:1]
    yield ERROR


def nodes_in(drawing: Any) -> Drawn:
    """The nodes of a drawing by their ids."""
    nodes = drawing.get("nodes") if isinstance(drawing, Mapping) else None
    return {str(node["id"]): node for node in nodes or () if isinstance(node, Mapping) and "id" in node}


def position_of(id: str, drawn: Drawn) -> dict[str, float] | None:
    """The position of a node; inside a group, that of the group is added."""
    found = [read_position(drawn[each].get("position")) for each in with_groups(id, drawn)]
    if not found or found[0] is None:
        return None
    return {axis: sum(each[axis] for each in found if each) for axis in ("x", "y")}


def with_groups(id: str, drawn: Drawn) -> list[str]:
    """The node, and the groups that it is in, innermost first."""
    found: list[str] = []
    while id in drawn and id not in found:
        found.append(id)
        parent = drawn[id].get("parentId", drawn[id].get("parentNode"))
        id = "" if parent is None else str(parent)
    return found


def read_position(value: Any) -> dict[str, float] | None:
    """The position, if both of its numbers are there."""
    if not isinstance(value, Mapping):
        return None
    numbers = {axis: value.get(axis) for axis in ("x", "y")}
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in numbers.values()):
        return None
    return {axis: float(each) for axis, each in numbers.items() if each is not None}

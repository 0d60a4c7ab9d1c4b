"""The DAG dialect: nodes with handlers; each starts when its dependencies are completed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.errors import Problem
from app.graph.building import advice
from app.graph.building.build import Built, build
from app.graph.building.entries import independent_nodes
from app.graph.building.reserved import read_node
from app.graph.dialects.dag.problems import DAG_KEYS, KEYS, NODES, Written, dag_problems
from app.graph.dialects.dag.retries import read_retries
from app.graph.dialects.dependencies import in_config
from app.graph.dialects.graph.compile import implied_edges
from app.graph.dialects.refusal import refuse_problems
from app.graph.model import Edge, Node, Traits
from app.graph.unknown_keys import warn_unknown_keys
from app.logic.references import Source


def dag_document(dag: Any, *, retry_config: Mapping[str, Any]) -> dict[str, Any]:
    """
    The document of a DAG, with the deployment's own ``retry_config`` as defaults.

    The defaults are stored with the nodes, so that a version has one meaning in every process and at any time.
    """
    return {"dag": dag, "retry_config": dict(retry_config)}


def compile_dag(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of a DAG; problems point into the body that it was sent in.

    Raises InvalidDefinition with every problem: duplicate ids, unknown dependencies, cycles, invalid retries.
    """
    refuse_problems(dag_problems(document["dag"], max_nodes))
    written = document["dag"]["nodes"]
    nodes = [_dag_node(each, types, document["retry_config"]) for each in written]
    _refuse_dag_faults(nodes)
    edges = [Edge(index, *arrow) for index, arrow in enumerate(_dag_edges(written))]
    edges += implied_edges(edges, nodes)
    places = {node.id: f"{NODES}/{index}" for index, node in enumerate(nodes)}
    built = build(nodes, edges, pointers=places, entries=independent_nodes(nodes, edges))
    return Built(
        replace(built.graph, input_is=Source.PAYLOAD),
        [*_unknown_dag_keys(document["dag"]), *map(in_config, advice.warn_nodes(nodes, places)), *built.warnings],
        tuple(nodes),
        {id: f"{place}/config" for id, place in places.items()},
        type_key="handler",
        strict=True,
    )


def show_dag(document: Any) -> dict[str, Any]:
    """The DAG as it was sent, and the graph that it becomes."""
    written = document["dag"]["nodes"]
    nodes = [{"id": str(node["id"]), "type": node["handler"], "data": node.get("config") or {}} for node in written]
    edges = [
        {"id": f"{source}-{target}", "source": source, "target": target, "sourceHandle": None}
        for source, target in _dag_edges(written)
    ]
    return {"graph": {"nodes": nodes, "edges": edges}, "dag": document["dag"]}


def read_dag(body: Mapping[str, Any], saved: Any) -> Any:
    """The document in a body that has a DAG, with the default retries of the saved one."""
    return None if body.get("dag") is None else {**saved, "dag": body["dag"]}


def _dag_node(written: Written, types: Mapping[str, Traits], defaults: Mapping[str, Any]) -> Node:
    """The node; without a retry_config, the ``retry`` in its config counts."""
    type, config = written["handler"], written.get("config") or {}
    node = read_node(str(written["id"]), type, config, types.get(type, Traits()))
    if config.get("retry") is not None and written.get("retry_config") is None:
        return node
    return replace(node, retry=read_retries(written.get("retry_config"), defaults))


def _refuse_dag_faults(nodes: Sequence[Node]) -> None:
    problems = [
        Problem("INVALID_DATA", f"Node {node.id}: {node.fault}", node_id=node.id, pointer=f"{NODES}/{index}/config")
        for index, node in enumerate(nodes)
        if node.fault
    ]
    refuse_problems(problems)


def _dag_edges(written: Sequence[Written]) -> Iterator[tuple[str, str]]:
    """The pairs of dependency and node; a duplicate dependency counts once."""
    for node in written:
        for before in dict.fromkeys(map(str, node.get("dependencies") or ())):
            yield before, str(node["id"])


def _unknown_dag_keys(dag: Mapping[str, Any]) -> Iterator[Problem]:
    yield from warn_unknown_keys(dag, DAG_KEYS, "The dag", "/dag")
    for index, node in enumerate(dag["nodes"]):
        id = str(node["id"])
        yield from warn_unknown_keys(node, KEYS, f"Node {id}", f"{NODES}/{index}", id)

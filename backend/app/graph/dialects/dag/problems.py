"""Problems for which a DAG is refused before it is compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.errors import Problem
from app.graph.dialects.dag import retries
from app.graph.dialects.dependencies import Faults, Wording
from app.graph.names import as_id, is_storable, quote

#: Keys of a DAG, and of a node.
DAG_KEYS = frozenset({"nodes", "name", "description"})
KEYS = frozenset({"id", "handler", "dependencies", "config", "retry_config", "name", "description"})
#: The JSON Pointer to the nodes in the body.
NODES = "/dag/nodes"
DEPENDENCIES = Wording(
    key="dependencies",
    things="nodes",
    place=NODES,
    no_list="INVALID_DEPENDENCY",
    itself="SELF_LOOP",
    unknown="INVALID_DEPENDENCY",
)
Written = Mapping[str, Any]


def dag_problems(dag: Any, max_nodes: int) -> Iterator[Problem]:
    """Every reason to refuse the DAG; if its shape is wrong, only that."""
    if not isinstance(dag, Mapping):
        yield Problem("INVALID_DAG", f"The dag is {quote(dag)}; it must be an object with nodes.", pointer="/dag")
        return
    shapes = list(_dag_shape_problems(dag.get("nodes"), max_nodes))
    yield from shapes or _dag_nodes_problems(dag["nodes"])


def _dag_shape_problems(nodes: Any, max_nodes: int) -> Iterator[Problem]:
    if nodes is None or nodes == []:
        yield Problem("EMPTY_DAG", "The dag has no nodes; give it one.", pointer=NODES)
    elif not isinstance(nodes, list):
        yield Problem("INVALID_DAG", f"The nodes of the dag are {quote(nodes)}; they must be a list.", pointer=NODES)
    elif len(nodes) > max_nodes:
        yield Problem("TOO_MANY_NODES", f"The dag has {len(nodes)} nodes; {max_nodes} are allowed.", pointer=NODES)
    else:
        for index, node in enumerate(nodes):
            if not isinstance(node, Mapping):
                yield Problem(
                    "INVALID_NODE",
                    f"Node {index + 1} is {quote(node)}; it must be an object.",
                    pointer=f"{NODES}/{index}",
                )


def _dag_nodes_problems(nodes: Sequence[Written]) -> Iterator[Problem]:
    times = Counter(as_id(node.get("id")) for node in nodes)
    for index, node in enumerate(nodes):
        place, id = f"{NODES}/{index}", as_id(node.get("id"))
        if id is None or not is_storable(id):
            message = f"Node {index + 1}: id is {quote(node.get('id'))}; it must be a text of 1 to 500 characters."
            yield Problem("NODE_WITHOUT_ID", message, pointer=f"{place}/id")
            continue
        if times[id] > 1:
            yield Problem(
                "DUPLICATE_NODE_ID",
                f"Several nodes have the id {id}; each needs its own.",
                node_id=id,
                pointer=f"{place}/id",
            )
        for code, message, pointer in _dag_node_problems(id, node, times):
            yield Problem(code, f"Node {id}: {message}", node_id=id, pointer=place + pointer)
    yield from DEPENDENCIES.cycle_problems(nodes)


def _dag_node_problems(id: str, node: Written, ids: Collection[str | None]) -> Faults:
    handler = node.get("handler")
    if not (isinstance(handler, str) and handler and is_storable(handler)):
        yield "INVALID_NODE", "`handler`, the node type, is missing.", "/handler"
    if node.get("config") is not None and not isinstance(node["config"], Mapping):
        yield "INVALID_NODE", f"config is {quote(node['config'])}; it must be an object.", "/config"
    yield from DEPENDENCIES.faults(id, node.get("dependencies"), ids)
    for key, message in retries.faults_of(node.get("retry_config")):
        yield "INVALID_RETRY_CONFIG", message, f"/retry_config{key}"

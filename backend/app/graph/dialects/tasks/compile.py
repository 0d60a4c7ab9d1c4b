"""The tasks dialect: a list of tasks, each of which starts when those that it depends on are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from app.errors import InvalidDefinition, Problem
from app.graph.building import advice
from app.graph.building.build import Built, build
from app.graph.building.entries import unawaited
from app.graph.building.reserved import read_node
from app.graph.dialects.dependencies import in_config
from app.graph.dialects.graph.compile import implied_edges
from app.graph.dialects.tasks.problems import (
    COMPENSATION_KEYS,
    DEFINITION_KEYS,
    KEYS,
    Task,
    gate_of,
    task_problems,
    undo_of,
)
from app.graph.dialects.tasks.yaml import read_yaml
from app.graph.model import Edge, Node, Report, Traits
from app.graph.parameters import KEYS as PARAMETER_KEYS
from app.graph.parameters import read_parameters
from app.graph.rule_advice import condition_warnings
from app.graph.unknown_keys import unknown_keys

#: A definition that is wrong in more places is refused with the first of them.
_MOST_PROBLEMS = 1000
#: Keys of a task that every node type knows by the same name.
_RESERVED = ("retry", "timeout", "on_error", "join", "max_visits")


@dataclass(frozen=True)
class _Box:
    """A node to be: a task, its ``when``, or its compensation."""

    id: str
    type: str
    data: Mapping[str, Any]
    #: JSON Pointers to what it is made of, and to its config.
    place: str
    config: str
    #: What people call it.
    label: str | None = None
    #: The config's own ``timeout``, where the task has one besides.
    timeout: Any = None


def read_definition(text: str) -> dict[str, Any]:
    """The document of a definition in YAML: as it was written, and as it was read. Raises InvalidDefinition."""
    return {"definition_yaml": text, "definition": read_yaml(text, verbatim=("version",))}


def compile_tasks(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of a definition; problems point into the definition.

    Raises InvalidDefinition with every problem: ids twice, dependencies that do not exist, circles, bad durations.
    """
    definition = document["definition"]
    problems = list(islice(task_problems(definition, max_nodes), _MOST_PROBLEMS))
    if problems:
        raise InvalidDefinition(problems)
    tasks = definition["tasks"]
    boxes = list(_task_boxes(tasks))
    nodes = [_task_node(box, types) for box in boxes]
    _refuse_task_faults(nodes, boxes)
    edges = [Edge(index, *arrow) for index, arrow in enumerate(_task_arrows(tasks))]
    edges += implied_edges(edges, nodes)
    places = {box.id: box.place for box in boxes}
    built = build(nodes, edges, pointers=places, entries=_entries(nodes, edges))
    report = Report({"status": "completed"}, "task_results", tuple(str(task["id"]) for task in tasks))
    return Built(
        replace(built.graph, parameters=read_parameters(definition.get("parameters") or ()), report=report),
        [
            *_unknown_task_keys(definition),
            *_not_awaited(tasks),
            *_when_warnings(tasks),
            *map(in_config, advice.of_nodes(nodes, places)),
            *built.warnings,
        ],
        tuple(nodes),
        {box.id: box.config for box in boxes},
        type_key="activity_type",
        strict=True,
        generated={gate_of(str(task["id"])) for task in tasks if task.get("when") is not None},
    )


def tasks_essence(document: Any) -> Any:
    """The definition without its spelling: a comment is no new version."""
    return document["definition"]


def show_tasks(document: Any) -> dict[str, Any]:
    """The definition as it was written, and the graph that it becomes."""
    definition = document["definition"]
    nodes = [
        {"id": box.id, "type": box.type, "data": {"label": box.label, **box.data}}
        for box in _task_boxes(definition["tasks"])
    ]
    edges = [
        {"id": f"{source}-{target}", "source": source, "target": target, "sourceHandle": handle}
        for source, target, handle in _task_arrows(definition["tasks"])
    ]
    version = definition.get("version")
    return {
        "graph": {"nodes": nodes, "edges": edges},
        "definition_yaml": document["definition_yaml"],
        "definition_version": None if version is None else str(version),
        "parameters": definition.get("parameters") or [],
    }


def _task_boxes(tasks: Sequence[Task]) -> Iterator[_Box]:
    for index, task in enumerate(tasks):
        id, place = str(task["id"]), f"/tasks/{index}"
        if task.get("when") is not None:
            cases = [{"label": "run", "condition": task["when"]}, {"else": True}]
            yield _Box(gate_of(id), "branch", {"cases": cases}, place, f"{place}/when")
        undo = task.get("compensation")
        if isinstance(undo, Mapping):
            yield _box(id, task, place, compensate=undo_of(id))
            yield _box(undo_of(id), undo, f"{place}/compensation")
        else:
            yield _box(id, task, place, compensate=undo)


def _box(id: str, task: Task, place: str, *, compensate: Any = None) -> _Box:
    config = task.get("config") or {}
    said = {key: task[key] for key in _RESERVED if task.get(key) is not None}
    if compensate is not None:
        said["compensate"] = compensate
    timeout = config.get("timeout") if "timeout" in said else None
    return _Box(id, task["activity_type"], {**config, **said}, place, f"{place}/config", task.get("name"), timeout)


#                 ┌─ run ──▶ b ─┐
#   a ───▶ b? ────┤             ├──▶ c        b depends on a and has a ``when``; c depends on b
#                 └─ else ──────┘
def _task_arrows(tasks: Sequence[Task]) -> Iterator[tuple[str, str, str | None]]:
    """
    The edges: a task whose ``when`` does not hold is passed over, and what depends on it goes on.

    Nothing leads to a task that undoes another.
    """
    asked = {str(task["id"]) for task in tasks if task.get("when") is not None}
    undoing = _undoing(tasks)
    for task in tasks:
        id = str(task["id"])
        if id in undoing:
            continue
        entrance = gate_of(id) if id in asked else id
        if id in asked:
            yield entrance, id, "run"
        for before in dict.fromkeys(map(str, task.get("depends_on") or ())):
            yield before, entrance, None
            if before in asked:
                yield gate_of(before), entrance, "else"


def _undoing(tasks: Sequence[Task]) -> set[str]:
    """The tasks that undo another one."""
    named = (task.get("compensation") for task in tasks)
    return {str(other) for other in named if other is not None and not isinstance(other, Mapping)}


def _task_node(box: _Box, types: Mapping[str, Traits]) -> Node:
    node = read_node(box.id, box.type, box.data, types.get(box.type, Traits()))
    return node if box.timeout is None else replace(node, data={**box.data, "timeout": box.timeout})


def _refuse_task_faults(nodes: list[Node], boxes: list[_Box]) -> None:
    problems = [
        Problem("INVALID_TASK", f"Task {node.id}: {node.fault}", node_id=node.id, pointer=box.place)
        for node, box in zip(nodes, boxes, strict=True)
        if node.fault
    ]
    if problems:
        raise InvalidDefinition(problems)


def _entries(nodes: list[Node], edges: list[Edge]) -> tuple[str, ...]:
    """The nodes that wait for no other; a task that undoes another, and has a ``when``, is not asked that first."""
    return unawaited(nodes, edges, {gate_of(node.compensate) for node in nodes if node.compensate})


def _unknown_task_keys(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys of the definition, its parameters, its tasks and their compensations."""
    own = {key: value for key, value in definition.items() if not key.startswith(("x-", "."))}
    yield from unknown_keys(own, DEFINITION_KEYS, "The definition", "")
    for index, parameter in enumerate(definition.get("parameters") or ()):
        what = f"The parameter {parameter['name']}"
        yield from unknown_keys(parameter, PARAMETER_KEYS, what, f"/parameters/{index}")
    for index, task in enumerate(definition["tasks"]):
        id, place = str(task["id"]), f"/tasks/{index}"
        yield from unknown_keys(task, KEYS, f"Task {id}", place, id)
        if isinstance(task.get("compensation"), Mapping):
            undo, place = task["compensation"], f"{place}/compensation"
            yield from unknown_keys(undo, COMPENSATION_KEYS, f"The compensation of task {id}", place, id)


def _not_awaited(tasks: Sequence[Task]) -> Iterator[Problem]:
    undoing = _undoing(tasks)
    for index, task in enumerate(tasks):
        if str(task["id"]) in undoing and task.get("depends_on"):
            message = f"Task {task['id']} only compensates another task: its depends_on has no effect."
            yield Problem("UNUSED_DEPENDENCY", message, node_id=str(task["id"]), pointer=f"/tasks/{index}/depends_on")


def _when_warnings(tasks: Sequence[Task]) -> Iterator[Problem]:
    for index, task in enumerate(tasks):
        what, id = f"The `when` of task {task['id']}", str(task["id"])
        yield from condition_warnings(task.get("when"), what, f"/tasks/{index}/when", id)

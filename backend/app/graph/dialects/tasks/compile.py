"""The tasks dialect: a list of tasks; each starts when its dependencies are completed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import Problem
from app.graph.building import advice
from app.graph.building.build import Built, build
from app.graph.building.entries import independent_nodes
from app.graph.building.reserved import read_node
from app.graph.dialects.dependencies import in_config
from app.graph.dialects.graph.compile import implied_edges
from app.graph.dialects.refusal import refuse_problems
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
from app.graph.rule_advice import warn_condition
from app.graph.unknown_keys import warn_unknown_keys

#: Keys of a task that are reserved keys of its node.
_RESERVED = ("retry", "timeout", "on_error", "on_lost", "join", "max_visits")


@dataclass(frozen=True)
class _TaskNode:
    """The description of a node: a task, its ``when``, or its compensation."""

    id: str
    type: str
    data: Mapping[str, Any]
    #: JSON Pointers to the task or compensation, and to its config.
    place: str
    config: str
    #: Its name for people.
    label: str | None = None
    #: The ``timeout`` of the config, if the task has one as well.
    timeout: Any = None


def read_definition(text: str) -> dict[str, Any]:
    """The document of a definition in YAML: its text and its value. Raises InvalidDefinition."""
    return {"definition_yaml": text, "definition": read_yaml(text, verbatim=("version",))}


def compile_tasks(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of a definition; problems point into the definition.

    Raises InvalidDefinition with every problem: duplicate ids, unknown dependencies, cycles, invalid durations.
    """
    definition = document["definition"]
    refuse_problems(task_problems(definition, max_nodes))
    tasks = definition["tasks"]
    described = list(_describe_nodes(tasks))
    nodes = [_task_node(each, types) for each in described]
    _refuse_task_faults(nodes, described)
    edges = [Edge(index, *arrow) for index, arrow in enumerate(_task_edges(tasks))]
    edges += implied_edges(edges, nodes)
    places = {each.id: each.place for each in described}
    built = build(nodes, edges, pointers=places, entries=_entries(nodes, edges))
    report = Report({"status": "completed"}, "task_results", tuple(str(task["id"]) for task in tasks))
    return Built(
        replace(built.graph, parameters=read_parameters(definition.get("parameters") or ()), report=report),
        [
            *_unknown_task_keys(definition),
            *_unused_dependencies(tasks),
            *_when_warnings(tasks),
            *map(in_config, advice.warn_nodes(nodes, places)),
            *built.warnings,
        ],
        tuple(nodes),
        {each.id: each.config for each in described},
        type_key="activity_type",
        strict=True,
        generated={gate_of(str(task["id"])) for task in tasks if task.get("when") is not None},
    )


def tasks_essence(document: Any) -> Any:
    """The value of the definition: a new comment does not make a new version."""
    return document["definition"]


def show_tasks(document: Any) -> dict[str, Any]:
    """The definition as it was written, and the graph that it becomes."""
    definition = document["definition"]
    nodes = [
        {"id": each.id, "type": each.type, "data": {"label": each.label, **each.data}}
        for each in _describe_nodes(definition["tasks"])
    ]
    edges = [
        {"id": f"{source}-{target}", "source": source, "target": target, "sourceHandle": handle}
        for source, target, handle in _task_edges(definition["tasks"])
    ]
    version = definition.get("version")
    return {
        "graph": {"nodes": nodes, "edges": edges},
        "definition_yaml": document["definition_yaml"],
        "definition_version": None if version is None else str(version),
        "parameters": definition.get("parameters") or [],
    }


def _describe_nodes(tasks: Sequence[Task]) -> Iterator[_TaskNode]:
    for index, task in enumerate(tasks):
        id, place = str(task["id"]), f"/tasks/{index}"
        if task.get("when") is not None:
            cases = [{"label": "run", "condition": task["when"]}, {"else": True}]
            yield _TaskNode(gate_of(id), "branch", {"cases": cases}, place, f"{place}/when")
        undo = task.get("compensation")
        if isinstance(undo, Mapping):
            yield _describe_node(id, task, place, compensate=undo_of(id))
            yield _describe_node(undo_of(id), undo, f"{place}/compensation")
        else:
            yield _describe_node(id, task, place, compensate=undo)


def _describe_node(id: str, task: Task, place: str, *, compensate: Any = None) -> _TaskNode:
    config = task.get("config") or {}
    reserved = {key: task[key] for key in _RESERVED if task.get(key) is not None}
    if compensate is not None:
        reserved["compensate"] = compensate
    timeout = config.get("timeout") if "timeout" in reserved else None
    return _TaskNode(
        id, task["activity_type"], {**config, **reserved}, place, f"{place}/config", task.get("name"), timeout
    )


#                 ┌─ run ──▶ b ─┐
#   a ───▶ b? ────┤             ├──▶ c        b depends on a and has a ``when``; c depends on b
#                 └─ else ──────┘
def _task_edges(tasks: Sequence[Task]) -> Iterator[tuple[str, str, str | None]]:
    """
    The edges: a task whose ``when`` is false is skipped, and the tasks that depend on it start.

    No edge leads to a task that compensates another.
    """
    asked = {str(task["id"]) for task in tasks if task.get("when") is not None}
    compensating = _compensating(tasks)
    for task in tasks:
        id = str(task["id"])
        if id in compensating:
            continue
        entrance = gate_of(id) if id in asked else id
        if id in asked:
            yield entrance, id, "run"
        for before in dict.fromkeys(map(str, task.get("depends_on") or ())):
            yield before, entrance, None
            if before in asked:
                yield gate_of(before), entrance, "else"


def _compensating(tasks: Sequence[Task]) -> set[str]:
    """The tasks that compensate another one."""
    named = (task.get("compensation") for task in tasks)
    return {str(other) for other in named if other is not None and not isinstance(other, Mapping)}


def _task_node(each: _TaskNode, types: Mapping[str, Traits]) -> Node:
    node = read_node(each.id, each.type, each.data, types.get(each.type, Traits()))
    return node if each.timeout is None else replace(node, data={**each.data, "timeout": each.timeout})


def _refuse_task_faults(nodes: list[Node], described: list[_TaskNode]) -> None:
    problems = [
        Problem("INVALID_TASK", f"Task {node.id}: {node.fault}", node_id=node.id, pointer=each.place)
        for node, each in zip(nodes, described, strict=True)
        if node.fault
    ]
    refuse_problems(problems)


def _entries(nodes: list[Node], edges: list[Edge]) -> tuple[str, ...]:
    """The nodes that wait for no other; the ``when`` of a compensating task is not evaluated at the start."""
    return independent_nodes(nodes, edges, {gate_of(node.compensate) for node in nodes if node.compensate})


def _unknown_task_keys(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys of the definition, its parameters, its tasks and their compensations."""
    own = {key: value for key, value in definition.items() if not key.startswith(("x-", "."))}
    yield from warn_unknown_keys(own, DEFINITION_KEYS, "The definition", "")
    for index, parameter in enumerate(definition.get("parameters") or ()):
        what = f"The parameter {parameter['name']}"
        yield from warn_unknown_keys(parameter, PARAMETER_KEYS, what, f"/parameters/{index}")
    for index, task in enumerate(definition["tasks"]):
        id, place = str(task["id"]), f"/tasks/{index}"
        yield from warn_unknown_keys(task, KEYS, f"Task {id}", place, id)
        if isinstance(task.get("compensation"), Mapping):
            undo, place = task["compensation"], f"{place}/compensation"
            yield from warn_unknown_keys(undo, COMPENSATION_KEYS, f"The compensation of task {id}", place, id)


def _unused_dependencies(tasks: Sequence[Task]) -> Iterator[Problem]:
    compensating = _compensating(tasks)
    for index, task in enumerate(tasks):
        if str(task["id"]) in compensating and task.get("depends_on"):
            message = f"Task {task['id']} only compensates another task: its depends_on has no effect."
            yield Problem("UNUSED_DEPENDENCY", message, node_id=str(task["id"]), pointer=f"/tasks/{index}/depends_on")


def _when_warnings(tasks: Sequence[Task]) -> Iterator[Problem]:
    for index, task in enumerate(tasks):
        what, id = f"The `when` of task {task['id']}", str(task["id"])
        yield from warn_condition(task.get("when"), what, f"/tasks/{index}/when", id)

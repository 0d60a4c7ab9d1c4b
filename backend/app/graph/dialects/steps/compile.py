"""The steps dialect: steps in sequence, the tasks of each step in sequence or in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.errors import Problem
from app.graph.building.build import Built, build
from app.graph.building.reserved import read_node
from app.graph.dialects.refusal import refuse_problems
from app.graph.dialects.steps.problems import PRIORITIES, priority_of, steps_problems
from app.graph.model import Edge, Node, Traits
from app.graph.unknown_keys import warn_unknown_keys

_KEYS_OF_STEP = frozenset({"execution_type", "tasks"})
_KEYS_OF_TASK = frozenset({"name", "params"})


@dataclass(frozen=True)
class StepTask:
    """A task of a step; its name is its node type."""

    #: Its name in the step: of several tasks of one name, the second is ``name#2``.
    name: str
    #: The id of its node: ``0.name``, with the number of its step.
    node: str
    type: str
    params: Mapping[str, Any]
    #: A JSON Pointer from the steps to it.
    place: str

    @property
    def priority(self) -> int | None:
        """The number of its priority; None if it has none."""
        return priority_of(self.params.get("priority"))

    @property
    def data(self) -> Mapping[str, Any]:
        """The params, with ``retry_count`` as a ``retry``: retries after 1, 2, 4 … up to 30 seconds."""
        count = self.params.get("retry_count")
        return self.params if count is None else {**self.params, "retry": {"max_attempts": int(count) + 1}}


@dataclass(frozen=True)
class TaskStep:
    """A step of a valid document."""

    number: int
    execution_type: str
    tasks: tuple[StepTask, ...]
    is_last: bool

    @property
    def forks(self) -> bool:
        """True if several tasks run in parallel."""
        return self.execution_type == "parallel" and len(self.tasks) > 1

    @property
    def end_node(self) -> str:
        """The id of the node that runs when every task of a parallel step has succeeded."""
        return f"step {self.number} done"

    @property
    def first(self) -> tuple[StepTask, ...]:
        """The tasks that start first, those with a higher priority before the others."""
        if not self.forks:
            return self.tasks[:1]
        return tuple(sorted(self.tasks, key=lambda task: -(task.priority or 0)))


def compile_steps(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of ``{"steps": […]}``; ``pointer`` leads to the document in the body.

    Raises InvalidDefinition with every problem: no steps, a step without tasks, invalid params.
    """
    pointer = f"{pointer}/steps"
    refuse_problems(steps_problems(document.get("steps"), pointer, max_nodes))
    steps = read_steps(document)
    tasks = {task.node: task for step in steps for task in step.tasks}
    nodes = [_step_node(step, types, *each) for step in steps for each in _step_descriptions(step)]
    _refuse_step_faults(steps, {node.id: node for node in nodes}, pointer)
    edges = [Edge(index, *arrow) for index, arrow in enumerate(_step_edges(steps))]
    places = {id: pointer + task.place for id, task in tasks.items()}
    built = build(nodes, edges, pointers=places, entries=tuple(task.node for task in steps[0].first))
    return Built(
        built.graph,
        [*_unknown_step_keys(document["steps"], pointer), *built.warnings],
        tuple(nodes),
        {id: f"{place}/params" for id, place in places.items()},
        type_key="name",
        strict=True,
    )


def steps_essence(document: Any) -> Any:
    """The steps: every part of them decides what runs."""
    return document["steps"]


def show_steps(document: Any) -> dict[str, Any]:
    """The steps as they were sent, and their graph."""
    steps = read_steps(document)
    nodes = [
        {"id": id, "type": type, "data": dict(data)} for step in steps for id, type, data in _step_descriptions(step)
    ]
    edges = [{"id": f"{source}-{target}", "source": source, "target": target} for source, target in _step_edges(steps)]
    return {"graph": {"nodes": nodes, "edges": edges}, "steps": document["steps"]}


def read_steps_document(body: Mapping[str, Any], saved: Any) -> Any:
    """The document in a body that has steps."""
    return None if body.get("steps") is None else {"steps": body["steps"]}


def read_steps(document: Any) -> tuple[TaskStep, ...]:
    """The steps of a valid document."""
    steps = document["steps"]
    return tuple(_read_step(number, step, number == len(steps) - 1) for number, step in enumerate(steps))


def priority_number(document: Any) -> int:
    """The priority of the workflow: the highest one of its tasks."""
    named = [task.priority for step in read_steps(document) for task in step.tasks]
    return max((priority for priority in named if priority is not None), default=PRIORITIES["normal"])


def _read_step(number: int, step: Mapping[str, Any], is_last: bool) -> TaskStep:
    names = _unique_names([task["name"] for task in step["tasks"]])
    tasks = [
        StepTask(name, f"{number}.{name}", task["name"], task.get("params") or {}, f"/{number}/tasks/{index}")
        for index, (name, task) in enumerate(zip(names, step["tasks"], strict=True))
    ]
    return TaskStep(number, step["execution_type"], tuple(tasks), is_last)


def _unique_names(names: list[str]) -> list[str]:
    """Unique names: a second ``x`` becomes ``x#2``, unless a task has this name."""
    taken = set(names)
    count: dict[str, int] = {}
    unique = []
    for name in names:
        count[name] = number = count.get(name, 0) + 1
        while number > 1 and f"{name}#{number}" in taken:
            number += 1
        count[name] = number
        unique.append(name if number == 1 else f"{name}#{number}")
        taken.add(unique[-1])
    return unique


_Description = tuple[str, str, Mapping[str, Any]]


def _step_node(step: TaskStep, types: Mapping[str, Traits], id: str, type: str, data: Mapping[str, Any]) -> Node:
    """The node of a task; in a parallel step, its failure waits until the other tasks have ended."""
    return replace(
        read_node(id, type, data, types.get(type, Traits())), defer_failure=step.forks and id != step.end_node
    )


def _step_descriptions(step: TaskStep) -> Iterator[_Description]:
    """The ids, types and data of the nodes of a step."""
    for task in step.tasks:
        yield task.node, task.type, task.data
    if step.forks and not step.is_last:
        # A transform without a value outputs null, so that the outputs of the tasks are not stored twice.
        yield step.end_node, "transform", {}


#          ┌─▶ 1.a ─┐
#   0.x ───┤        ├─▶ step 1 done ─▶ 2.c
#          └─▶ 1.b ─┘
#
# ``done`` waits for all tasks. If one has failed, it never starts, and the execution fails when the others have ended.
# The last step has no ``done``: the outputs of its tasks are the output of the execution.
def _step_edges(steps: tuple[TaskStep, ...]) -> Iterator[tuple[str, str]]:
    before: str | None = None
    for step in steps:
        if before is not None:
            yield from ((before, task.node) for task in step.first)
        if step.forks:
            if not step.is_last:
                yield from ((task.node, step.end_node) for task in step.tasks)
            before = step.end_node
        else:
            yield from ((a.node, b.node) for a, b in zip(step.tasks, step.tasks[1:], strict=False))
            before = step.tasks[-1].node


def _refuse_step_faults(steps: tuple[TaskStep, ...], nodes: Mapping[str, Node], pointer: str) -> None:
    """Raise InvalidDefinition for an invalid ``timeout`` or ``retry``."""
    problems = [
        Problem(
            "INVALID_PARAMS",
            f"Step {step.number}, task {task.name}: {nodes[task.node].fault}",
            node_id=task.node,
            pointer=f"{pointer}{task.place}/params",
        )
        for step in steps
        for task in step.tasks
        if nodes[task.node].fault
    ]
    refuse_problems(problems)


def _unknown_step_keys(steps: list[Mapping[str, Any]], pointer: str) -> Iterator[Problem]:
    for number, step in enumerate(steps):
        place = f"{pointer}/{number}"
        yield from warn_unknown_keys(step, _KEYS_OF_STEP, f"Step {number}", place)
        for index, task in enumerate(step["tasks"]):
            what = f"Step {number}, task {task['name']}"
            yield from warn_unknown_keys(task, _KEYS_OF_TASK, what, f"{place}/tasks/{index}")

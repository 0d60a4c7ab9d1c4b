"""The steps dialect: steps one after the other, the tasks of each in sequence or in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from app.errors import InvalidDefinition, Problem
from app.graph.building.build import Built, build
from app.graph.building.reserved import read_node
from app.graph.dialects.steps.problems import PRIORITIES, priority_of, steps_problems
from app.graph.model import Edge, Node, Traits
from app.graph.unknown_keys import unknown_keys

#: A document that is wrong in more places is refused with the first of them.
_MOST_PROBLEMS = 1000
_KEYS_OF_STEP = frozenset({"execution_type", "tasks"})
_KEYS_OF_TASK = frozenset({"name", "params"})


@dataclass(frozen=True)
class StepTask:
    """A task of a step. What it does is a node type, of the name that its author gave."""

    #: Its name in the step: of several tasks of one name, the second is ``name#2``.
    name: str
    #: The node that it becomes: ``0.name``, after the number of its step.
    node: str
    type: str
    params: Mapping[str, Any]
    #: A JSON Pointer from the steps to it.
    place: str

    @property
    def priority(self) -> int | None:
        return priority_of(self.params.get("priority"))

    @property
    def data(self) -> Mapping[str, Any]:
        """The params, and what ``retry_count`` stands for: further tries, after 1, 2, 4 … up to 30 seconds."""
        count = self.params.get("retry_count")
        return self.params if count is None else {**self.params, "retry": {"max_attempts": int(count) + 1}}


@dataclass(frozen=True)
class TaskStep:
    """A step of a document that was checked."""

    number: int
    execution_type: str
    tasks: tuple[StepTask, ...]
    is_last: bool

    @property
    def forks(self) -> bool:
        return self.execution_type == "parallel" and len(self.tasks) > 1

    @property
    def done(self) -> str:
        """The node that goes on once every task of a parallel step has succeeded."""
        return f"step {self.number} done"

    @property
    def first(self) -> tuple[StepTask, ...]:
        """The tasks that it begins with, those of a higher priority first."""
        if not self.forks:
            return self.tasks[:1]
        return tuple(sorted(self.tasks, key=lambda task: -(task.priority or 0)))


def compile_steps(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of ``{"steps": […]}``; ``pointer`` is where the document stands in its body.

    Raises InvalidDefinition with every problem: no steps, a step without tasks, params that mean nothing.
    """
    pointer = f"{pointer}/steps"
    problems = list(islice(steps_problems(document.get("steps"), pointer, max_nodes), _MOST_PROBLEMS))
    if problems:
        raise InvalidDefinition(problems)
    steps = read_steps(document)
    tasks = {task.node: task for step in steps for task in step.tasks}
    nodes = [_step_node(step, types, *box) for step in steps for box in _step_boxes(step)]
    _refuse_step_faults(steps, {node.id: node for node in nodes}, pointer)
    edges = [Edge(index, *arrow) for index, arrow in enumerate(_step_arrows(steps))]
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
    """The steps: all of them decides what runs."""
    return document["steps"]


def show_steps(document: Any) -> dict[str, Any]:
    """The steps as they were posted, and the graph that they become."""
    steps = read_steps(document)
    nodes = [{"id": id, "type": type, "data": dict(data)} for step in steps for id, type, data in _step_boxes(step)]
    edges = [{"id": f"{source}-{target}", "source": source, "target": target} for source, target in _step_arrows(steps)]
    return {"graph": {"nodes": nodes, "edges": edges}, "steps": document["steps"]}


def read_steps_document(body: Mapping[str, Any], saved: Any) -> Any:
    """The document in a body that has steps."""
    return None if body.get("steps") is None else {"steps": body["steps"]}


def read_steps(document: Any) -> tuple[TaskStep, ...]:
    """The steps of a document that was checked."""
    steps = document["steps"]
    return tuple(_read_step(number, step, number == len(steps) - 1) for number, step in enumerate(steps))


def priority_number(document: Any) -> int:
    """The priority of all of it: the highest that one of its tasks names."""
    named = [task.priority for step in read_steps(document) for task in step.tasks]
    return max((priority for priority in named if priority is not None), default=PRIORITIES["normal"])


def _read_step(number: int, step: Mapping[str, Any], is_last: bool) -> TaskStep:
    names = _listed([task["name"] for task in step["tasks"]])
    tasks = [
        StepTask(name, f"{number}.{name}", task["name"], task.get("params") or {}, f"/{number}/tasks/{index}")
        for index, (name, task) in enumerate(zip(names, step["tasks"], strict=True))
    ]
    return TaskStep(number, step["execution_type"], tuple(tasks), is_last)


def _listed(names: list[str]) -> list[str]:
    """Each name once: a second ``x`` becomes ``x#2``, unless a task is called that already."""
    taken = set(names)
    count: dict[str, int] = {}
    listed = []
    for name in names:
        count[name] = number = count.get(name, 0) + 1
        while number > 1 and f"{name}#{number}" in taken:
            number += 1
        count[name] = number
        listed.append(name if number == 1 else f"{name}#{number}")
        taken.add(listed[-1])
    return listed


_Box = tuple[str, str, Mapping[str, Any]]


def _step_node(step: TaskStep, types: Mapping[str, Traits], id: str, type: str, data: Mapping[str, Any]) -> Node:
    """A parallel step ends when all of its tasks have, so the failure of one waits for the others."""
    return replace(read_node(id, type, data, types.get(type, Traits())), defer_failure=step.forks and id != step.done)


def _step_boxes(step: TaskStep) -> Iterator[_Box]:
    """The ids, types and data of the nodes that a step becomes."""
    for task in step.tasks:
        yield task.node, task.type, task.data
    if step.forks and not step.is_last:
        # A transform of nothing: it answers null, so that what the tasks answered is not kept twice.
        yield step.done, "transform", {}


#          ┌─▶ 1.a ─┐
#   0.x ───┤        ├─▶ step 1 done ─▶ 2.c
#          └─▶ 1.b ─┘
#
# ``done`` waits for all tasks. If one has failed, it never begins, and the execution fails when the others have ended.
# After the last step nothing has to go on, so it has no ``done``, and its tasks' outputs are the execution's.
def _step_arrows(steps: tuple[TaskStep, ...]) -> Iterator[tuple[str, str]]:
    before: str | None = None
    for step in steps:
        if before is not None:
            yield from ((before, task.node) for task in step.first)
        if step.forks:
            if not step.is_last:
                yield from ((task.node, step.done) for task in step.tasks)
            before = step.done
        else:
            yield from ((a.node, b.node) for a, b in zip(step.tasks, step.tasks[1:], strict=False))
            before = step.tasks[-1].node


def _refuse_step_faults(steps: tuple[TaskStep, ...], nodes: Mapping[str, Node], pointer: str) -> None:
    """A ``timeout`` or a ``retry`` that is wrong."""
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
    if problems:
        raise InvalidDefinition(problems)


def _unknown_step_keys(steps: list[Mapping[str, Any]], pointer: str) -> Iterator[Problem]:
    for number, step in enumerate(steps):
        place = f"{pointer}/{number}"
        yield from unknown_keys(step, _KEYS_OF_STEP, f"Step {number}", place)
        for index, task in enumerate(step["tasks"]):
            what = f"Step {number}, task {task['name']}"
            yield from unknown_keys(task, _KEYS_OF_TASK, what, f"{place}/tasks/{index}")

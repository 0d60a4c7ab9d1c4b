"""Problems for which a definition of tasks is refused before it is compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.errors import InvalidRule, Problem
from app.graph import parameters
from app.graph.dialects.dependencies import Faults, Wording
from app.graph.durations import parse_seconds
from app.graph.names import as_id, has_storable_characters, is_storable, quote
from app.logic.jsonlogic import compile_rule

#: Keys of a definition; flow control and the trigger are read with the workflow.
DEFINITION_KEYS = frozenset(
    {"name", "version", "description", "parameters", "tasks", "trigger"}
    | {"concurrency", "rate_limit", "debounce", "batch", "schedule", "self"}
)
#: Keys of a task.
KEYS = frozenset(
    {"id", "name", "description", "type", "activity_type", "config", "depends_on", "retry", "timeout"}
    | {"compensation", "when", "on_error", "on_lost", "join", "max_visits"}
)
#: Keys of a compensation that is written inside its task.
COMPENSATION_KEYS = KEYS - {"id", "depends_on", "compensation", "when"}
DEPENDENCIES = Wording(
    key="depends_on",
    things="tasks",
    place="/tasks",
    no_list="INVALID_TASK",
    itself="SELF_DEPENDENCY",
    unknown="UNKNOWN_DEPENDENCY",
)
_INTERVALS = ("initial_interval", "max_interval")
Task = Mapping[str, Any]


def gate_of(task: str) -> str:
    """The node that evaluates the ``when`` of a task."""
    return f"{task}?"


def undo_of(task: str) -> str:
    """The node of a ``compensation`` that is written inside its task."""
    return f"{task}.compensation"


def task_problems(definition: Any, max_tasks: int) -> Iterator[Problem]:
    """Every reason to refuse the definition; if its shape is wrong, only that."""
    if not isinstance(definition, Mapping):
        yield Problem(
            "INVALID_DEFINITION", f"The definition is {quote(definition)}; it must be an object with a name and tasks."
        )
        return
    yield from _text_problems(definition)
    yield from parameters.parameter_problems(definition.get("parameters"), "/parameters")
    shapes = list(_task_shape_problems(definition.get("tasks"), max_tasks))
    yield from shapes or _tasks_problems(definition["tasks"])


def _text_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("name", "description"):
        value = definition.get(key)
        if value is None or (isinstance(value, str) and has_storable_characters(value)):
            continue
        yield Problem("INVALID_DEFINITION", f"The {key} must be text, not {quote(value)}.", pointer=f"/{key}")


def _task_shape_problems(tasks: Any, max_tasks: int) -> Iterator[Problem]:
    if tasks is None or tasks == []:
        yield Problem("NO_TASKS", "The definition has no tasks; give it one.", pointer="/tasks")
    elif not isinstance(tasks, list):
        yield Problem("INVALID_DEFINITION", f"The tasks are {quote(tasks)}; they must be a list.", pointer="/tasks")
    elif len(tasks) > max_tasks:
        message = f"The definition has {len(tasks)} tasks; {max_tasks} are allowed."
        yield Problem("TOO_MANY_TASKS", message, pointer="/tasks")
    else:
        for index, task in enumerate(tasks):
            if not isinstance(task, Mapping):
                yield Problem(
                    "INVALID_TASK",
                    f"Task {index + 1} is {quote(task)}; it must be an object.",
                    pointer=f"/tasks/{index}",
                )


def _tasks_problems(tasks: Sequence[Task]) -> Iterator[Problem]:
    times = Counter(as_id(task.get("id")) for task in tasks)
    made = Counter(id for task in tasks for id in _added_ids_of(task))
    for index, task in enumerate(tasks):
        place = f"/tasks/{index}"
        id = as_id(task.get("id"))
        if id is None or not is_storable(undo_of(id)):
            message = f"Task {index + 1}: id is {quote(task.get('id'))}; it must be a text of 1 to 500 characters."
            yield Problem("TASK_WITHOUT_ID", message, pointer=f"{place}/id")
            continue
        if times[id] > 1 or made[id]:
            yield Problem(
                "DUPLICATE_TASK_ID",
                f"Several tasks have the id {id}; each needs its own.",
                node_id=id,
                pointer=f"{place}/id",
            )
        for code, message, pointer in _task_problems(id, task, times):
            yield Problem(code, f"Task {id}: {message}", node_id=id, pointer=place + pointer)
    yield from DEPENDENCIES.cycle_problems(tasks)


def _added_ids_of(task: Task) -> Iterator[str]:
    """The ids of the other nodes that a task is compiled to."""
    if task.get("when") is not None:
        yield gate_of(str(task.get("id")))
    if isinstance(task.get("compensation"), Mapping):
        yield undo_of(str(task.get("id")))


def _task_problems(id: str, task: Task, ids: Collection[str | None]) -> Faults:
    """Codes, messages, and pointers into the task."""
    yield from _activity_problems(task, "")
    yield from DEPENDENCIES.faults(id, task.get("depends_on"), ids)
    yield from _duration_problems(task, "")
    yield from _compensation_problems(id, task.get("compensation"), ids)
    yield from _when_problems(task.get("when"))


def _activity_problems(task: Task, pointer: str) -> Faults:
    if task.get("type", "activity") not in ("activity", None):
        yield "INVALID_TASK", f'type is {quote(task["type"])}; it must be "activity".', f"{pointer}/type"
    type = task.get("activity_type")
    if not (isinstance(type, str) and type and is_storable(type)):
        yield "INVALID_TASK", "`activity_type`, the node type, is missing.", f"{pointer}/activity_type"
    if task.get("config") is not None and not isinstance(task["config"], Mapping):
        yield "INVALID_TASK", f"config is {quote(task['config'])}; it must be an object.", f"{pointer}/config"


def _duration_problems(task: Task, pointer: str) -> Faults:
    retry = task.get("retry")
    found = {"/timeout": task.get("timeout")}
    if isinstance(retry, Mapping):
        found |= {f"/retry/{key}": retry.get(key) for key in _INTERVALS}
    for place, value in found.items():
        try:
            if value is not None:
                parse_seconds(value)
        except ValueError as error:
            name = place[1:].replace("/", ".")
            yield "INVALID_DURATION", f"{name}: {error}", pointer + place


def _compensation_problems(id: str, compensation: Any, ids: Collection[str | None]) -> Faults:
    if compensation is None:
        return
    if isinstance(compensation, Mapping):
        yield from _activity_problems(compensation, "/compensation")
        yield from _duration_problems(compensation, "/compensation")
        return
    other = as_id(compensation)
    if other is None or other not in ids or other == id:
        allowed = "the id of another task, or an object with an activity_type"
        message = f"its compensation is {quote(compensation)}; it must be {allowed}."
        yield "UNKNOWN_COMPENSATION", message, "/compensation"


def _when_problems(rule: Any) -> Faults:
    try:
        compile_rule(rule)
    except InvalidRule as error:
        yield error.code, f"when: {error}", f"/when{error.pointer}"

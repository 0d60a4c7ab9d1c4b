"""Problems for which a list of steps is refused before it is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Problem
from app.graph.building.cases import handles_of
from app.graph.model import ERROR
from app.graph.names import is_storable, quote
from app.graph.numbers import is_whole, whole_number

EXECUTION_TYPES = ("sequential", "parallel")
#: Words for ``params.priority``, with their numbers.
PRIORITIES = {"high": 10, "normal": 0, "low": -10}
MOST_PRIORITY = 100
#: The largest ``retry_count``.
MOST_RETRIES = 1000
#: Reserved keys that a step sets itself.
_DECIDED = ("on_error", "join", "max_visits", "compensate")


def steps_problems(steps: Any, pointer: str, max_tasks: int) -> Iterator[Problem]:
    """Every reason to refuse the steps at ``pointer``; if their shape is wrong, only that."""
    if steps is None or steps == []:
        yield Problem("NO_STEPS", "The workflow has no steps; give it one.", pointer=pointer)
    elif not isinstance(steps, list):
        yield Problem("INVALID_STEPS", f"steps is {quote(steps)}; it must be a list.", pointer=pointer)
    elif _size(steps) > max_tasks:
        message = f"The workflow has {_size(steps)} tasks; {max_tasks} are allowed."
        yield Problem("TOO_MANY_TASKS", message, pointer=pointer)
    else:
        for number, step in enumerate(steps):
            yield from _step_problems(number, step, f"{pointer}/{number}")


def priority_of(value: Any) -> int | None:
    """The number of a ``priority``, which is a word or a number; None if it is invalid."""
    if isinstance(value, str):
        return PRIORITIES.get(value.strip().lower())
    return int(value) if is_whole(value) and abs(value) <= MOST_PRIORITY else None


def _size(steps: list[Any]) -> int:
    """The tasks of all steps; a step of another shape counts as one."""
    lists = (step.get("tasks") if isinstance(step, Mapping) else None for step in steps)
    return sum(max(1, len(tasks)) if isinstance(tasks, list) else 1 for tasks in lists)


def _step_problems(number: int, step: Any, place: str) -> Iterator[Problem]:
    if not isinstance(step, Mapping):
        message = f"Step {number} is {quote(step)}; it must be an object with an execution_type and tasks."
        yield Problem("INVALID_STEP", message, pointer=place)
        return
    type, tasks = step.get("execution_type"), step.get("tasks")
    if type not in EXECUTION_TYPES:
        message = f'Step {number}: execution_type is {quote(type)}; it must be "sequential" or "parallel".'
        yield Problem("INVALID_EXECUTION_TYPE", message, pointer=f"{place}/execution_type")
    if tasks is None or tasks == []:
        yield Problem("STEP_WITHOUT_TASKS", f"Step {number} has no tasks; give it one.", pointer=f"{place}/tasks")
    elif not isinstance(tasks, list):
        message = f"Step {number}: tasks is {quote(tasks)}; it must be a list."
        yield Problem("INVALID_STEP", message, pointer=f"{place}/tasks")
    else:
        for index, task in enumerate(tasks):
            yield from _step_task_problems(number, index, task, f"{place}/tasks/{index}")


def _step_task_problems(number: int, index: int, task: Any, place: str) -> Iterator[Problem]:
    name = task.get("name") if isinstance(task, Mapping) else None
    if not isinstance(task, Mapping):
        message = f"Step {number}: task {index + 1} is {quote(task)}; it must be an object with a name and params."
        yield Problem("INVALID_TASK", message, pointer=place)
    elif not (isinstance(name, str) and name and is_storable(name)):
        message = f"Step {number}: task {index + 1}: name is {quote(name)}; it must be a text of 1 to 500 characters."
        yield Problem("TASK_WITHOUT_NAME", message, pointer=f"{place}/name")
    elif task.get("params") is not None and not isinstance(task["params"], Mapping):
        message = f"Step {number}, task {name}: params is {quote(task['params'])}; it must be an object."
        yield Problem("INVALID_PARAMS", message, pointer=f"{place}/params")
    else:
        for key, problem in _params_problems(task.get("params") or {}):
            message = f"Step {number}, task {name}: {problem}"
            yield Problem("INVALID_PARAMS", message, pointer=f"{place}/params/{key}")


def _params_problems(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The invalid keys, each with its problem."""
    count, priority = params.get("retry_count"), params.get("priority")
    if count is not None:
        try:
            whole_number(count, "retry_count", 0, MOST_RETRIES)
        except ValueError as error:
            yield "retry_count", str(error)
    if count is not None and params.get("retry") is not None:
        yield "retry", "it has both retry and retry_count; remove one of them."
    if priority is not None and priority_of(priority) is None:
        words = ", ".join(PRIORITIES)
        limits = f"a whole number from {-MOST_PRIORITY} to {MOST_PRIORITY}"
        yield "priority", f"priority is {quote(priority)}; it must be {words}, or {limits}."
    for key in _DECIDED:
        if params.get(key) is not None:
            yield key, f"{key} is not allowed in a step: the step decides what follows a task."
    cases = params.get("cases")
    for case in cases if isinstance(cases, list) else ():
        if isinstance(case, Mapping) and case.get("next") is not None:
            yield "cases", "a case has a next; in a step, the next task is the one below."
        elif isinstance(case, Mapping) and ERROR in handles_of(case):
            yield "cases", f"a case has the label {ERROR}, which is the handle of failures."

"""Executions of steps as their door tells them: in words of lower case, task by task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.api.answers import as_text, as_time
from app.api.shapes import Word
from app.graph.dialects.steps import Step, Task, read_steps
from app.storage import executions
from app.storage.documents import JsonText, write_object
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus

EXECUTION_WORDS = {
    ExecutionStatus.PENDING: Word.PENDING,
    ExecutionStatus.RUNNING: Word.RUNNING,
    ExecutionStatus.PAUSED: Word.PAUSED,
    ExecutionStatus.COMPLETED: Word.SUCCEEDED,
    ExecutionStatus.FAILED: Word.FAILED,
    ExecutionStatus.CANCELLED: Word.CANCELLED,
}
TASK_WORDS = {
    StepStatus.READY: Word.PENDING,
    StepStatus.RUNNING: Word.RUNNING,
    StepStatus.WAITING: Word.RUNNING,
    StepStatus.COMPLETED: Word.SUCCEEDED,
    StepStatus.FAILED: Word.FAILED,
    StepStatus.CANCELLED: Word.CANCELLED,
    StepStatus.SKIPPED: Word.SKIPPED,
}


def told(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The executions of these rows, each with its steps."""
    documents = executions.documents(session, {(row.workflow_id, row.version) for row in rows})
    newest: dict[str, dict[str, Any]] = defaultdict(dict)
    for step in executions.newest_steps(session, [row.id for row in rows]):
        newest[step.execution_id][step.node_id] = step
    return [_execution(row, read_steps(documents[row.workflow_id, row.version]), newest[row.id]) for row in rows]


def _execution(row: Any, steps: Iterable[Step], newest: Mapping[str, Any]) -> dict[str, Any]:
    over = row.status in TERMINAL
    return {
        "id": row.id,
        "name": row.workflow_name,
        "status": EXECUTION_WORDS[row.status],
        "steps": JsonText(write_object({str(step.number): _step(step, newest, over=over) for step in steps})),
        "created_at": as_time(row.created_at),
        "updated_at": as_time(_newest_time(row, newest.values())),
    }


def _step(step: Step, newest: Mapping[str, Any], *, over: bool) -> JsonText:
    words = [_word(newest.get(task.node)) for task in step.tasks]
    tasks = {task.name: _task(task, newest.get(task.node)) for task in step.tasks}
    members = {
        "execution_type": step.execution_type,
        "status": step_word(words, over=over),
        "tasks": JsonText(write_object(tasks)),
    }
    return JsonText(write_object(members))


def _task(task: Task, row: Any) -> JsonText:
    return JsonText(write_object({"name": task.name, "status": _word(row), "result": _result(row)}))


def _word(row: Any) -> Word:
    return Word.PENDING if row is None else TASK_WORDS[row.status]


def _result(row: Any) -> JsonText | None:
    if row is None or row.status not in (StepStatus.COMPLETED, StepStatus.FAILED):
        return None
    return as_text(row.output) if row.error is None else JsonText(write_object({"error": JsonText(row.error)}))


def step_word(tasks: Sequence[Word], *, over: bool) -> Word:
    """How far a step is whose tasks are that far; ``over``: its execution has ended."""
    if Word.RUNNING in tasks:
        return Word.RUNNING
    if set(tasks) == {Word.PENDING}:
        return Word.PENDING
    if set(tasks) <= {Word.SUCCEEDED, Word.SKIPPED}:
        return Word.SUCCEEDED
    if not over:
        return Word.RUNNING
    return Word.FAILED if Word.FAILED in tasks else Word.CANCELLED


def _newest_time(row: Any, steps: Iterable[Any]) -> Any:
    """When anything of it changed last."""
    times = [row.created_at, row.started_at, row.finished_at]
    times += [moment for step in steps for moment in (step.started_at, step.finished_at)]
    return max(moment for moment in times if moment is not None)

"""Executions of steps as their door tells them: in words of lower case, task by task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.api.http.responses import as_text, as_time
from app.api.schemas.steps import StepsStatus
from app.graph.dialects.steps.compile import StepTask, TaskStep, read_steps
from app.storage import executions
from app.storage.json_text import JsonText, write_object
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus

EXECUTION_WORDS = {
    ExecutionStatus.PENDING: StepsStatus.PENDING,
    ExecutionStatus.RUNNING: StepsStatus.RUNNING,
    ExecutionStatus.PAUSED: StepsStatus.PAUSED,
    ExecutionStatus.COMPLETED: StepsStatus.SUCCEEDED,
    ExecutionStatus.FAILED: StepsStatus.FAILED,
    ExecutionStatus.CANCELLED: StepsStatus.CANCELLED,
}
TASK_WORDS = {
    StepStatus.READY: StepsStatus.PENDING,
    StepStatus.RUNNING: StepsStatus.RUNNING,
    StepStatus.WAITING: StepsStatus.RUNNING,
    StepStatus.COMPLETED: StepsStatus.SUCCEEDED,
    StepStatus.FAILED: StepsStatus.FAILED,
    StepStatus.CANCELLED: StepsStatus.CANCELLED,
    StepStatus.SKIPPED: StepsStatus.SKIPPED,
}


def build_steps_view(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The executions of these rows, each with its steps."""
    documents = executions.fetch_documents(session, {(row.workflow_id, row.version) for row in rows})
    newest: dict[str, dict[str, Any]] = defaultdict(dict)
    for step in executions.list_newest_steps(session, [row.id for row in rows]):
        newest[step.execution_id][step.node_id] = step
    return [_execution_view(row, read_steps(documents[row.workflow_id, row.version]), newest[row.id]) for row in rows]


def _execution_view(row: Any, steps: Iterable[TaskStep], newest: Mapping[str, Any]) -> dict[str, Any]:
    over = row.status in TERMINAL
    return {
        "id": row.id,
        "name": row.workflow_name,
        "status": EXECUTION_WORDS[row.status],
        "steps": JsonText(write_object({str(step.number): _step_view(step, newest, over=over) for step in steps})),
        "created_at": as_time(row.created_at),
        "updated_at": as_time(_newest_time(row, newest.values())),
    }


def _step_view(step: TaskStep, newest: Mapping[str, Any], *, over: bool) -> JsonText:
    words = [_status_word(newest.get(task.node)) for task in step.tasks]
    tasks = {task.name: _task_view(task, newest.get(task.node)) for task in step.tasks}
    members = {
        "execution_type": step.execution_type,
        "status": step_word(words, over=over),
        "tasks": JsonText(write_object(tasks)),
    }
    return JsonText(write_object(members))


def _task_view(task: StepTask, row: Any) -> JsonText:
    return JsonText(write_object({"name": task.name, "status": _status_word(row), "result": _result_text(row)}))


def _status_word(row: Any) -> StepsStatus:
    return StepsStatus.PENDING if row is None else TASK_WORDS[row.status]


def _result_text(row: Any) -> JsonText | None:
    if row is None or row.status not in (StepStatus.COMPLETED, StepStatus.FAILED):
        return None
    return as_text(row.output) if row.error is None else JsonText(write_object({"error": JsonText(row.error)}))


def step_word(tasks: Sequence[StepsStatus], *, over: bool) -> StepsStatus:
    """How far a step is whose tasks are that far; ``over``: its execution has ended."""
    if StepsStatus.RUNNING in tasks:
        return StepsStatus.RUNNING
    if set(tasks) == {StepsStatus.PENDING}:
        return StepsStatus.PENDING
    if set(tasks) <= {StepsStatus.SUCCEEDED, StepsStatus.SKIPPED}:
        return StepsStatus.SUCCEEDED
    if not over:
        return StepsStatus.RUNNING
    return StepsStatus.FAILED if StepsStatus.FAILED in tasks else StepsStatus.CANCELLED


def _newest_time(row: Any, steps: Iterable[Any]) -> Any:
    """When anything of it changed last."""
    times = [row.created_at, row.started_at, row.finished_at]
    times += [moment for step in steps for moment in (step.started_at, step.finished_at)]
    return max(moment for moment in times if moment is not None)

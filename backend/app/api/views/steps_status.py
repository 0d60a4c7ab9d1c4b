"""The view of ``/api/workflow``: statuses in lower case, task by task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.api.http.responses import Shown, as_text, as_time
from app.api.schemas.steps import StepsStatus
from app.graph.dialects.steps.compile import StepTask, TaskStep, read_steps
from app.storage import executions
from app.storage.executions import NewestStep, ShownExecution
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


def build_steps_view(session: Session, rows: Sequence[ShownExecution], *, full: bool = True) -> list[Shown]:
    """These executions, each with its steps; large results only if ``full``."""
    documents = executions.fetch_documents(session, {(row.workflow_id, row.version) for row in rows})
    newest: dict[str, dict[str, NewestStep]] = defaultdict(dict)
    for step in executions.list_newest_steps(session, [row.id for row in rows], full=full):
        newest[step.execution_id][step.node_id] = step
    return [_execution_view(row, read_steps(documents[row.workflow_id, row.version]), newest[row.id]) for row in rows]


def _execution_view(row: ShownExecution, steps: Iterable[TaskStep], newest: Mapping[str, NewestStep]) -> Shown:
    over = row.status in TERMINAL
    return {
        "id": row.id,
        "name": row.workflow_name,
        "status": _execution_word(row, newest),
        "steps": JsonText(write_object({str(step.number): _step_view(step, newest, over=over) for step in steps})),
        "created_at": as_time(row.created_at),
        "updated_at": as_time(_newest_time(row, newest.values())),
    }


def _execution_word(row: ShownExecution, newest: Mapping[str, NewestStep]) -> StepsStatus:
    """The status; an execution is running as soon as one of its tasks has begun."""
    word = EXECUTION_WORDS[ExecutionStatus(row.status)]
    has_begun = any(step.status != StepStatus.READY for step in newest.values())
    return StepsStatus.RUNNING if word == StepsStatus.PENDING and has_begun else word


def _step_view(step: TaskStep, newest: Mapping[str, NewestStep], *, over: bool) -> JsonText:
    words = [_status_word(newest.get(task.node)) for task in step.tasks]
    tasks = {task.name: _task_view(task, newest.get(task.node)) for task in step.tasks}
    members = {
        "execution_type": step.execution_type,
        "status": step_word(words, over=over),
        "tasks": JsonText(write_object(tasks)),
    }
    return JsonText(write_object(members))


def _task_view(task: StepTask, row: NewestStep | None) -> JsonText:
    members: dict[str, object] = {"name": task.name, "status": _status_word(row), "result": _result_text(row)}
    if row is not None and row.output_bytes is not None and row.error is None:
        members["result_bytes"] = row.output_bytes
    return JsonText(write_object(members))


def _status_word(row: NewestStep | None) -> StepsStatus:
    return StepsStatus.PENDING if row is None else TASK_WORDS[StepStatus(row.status)]


def _result_text(row: NewestStep | None) -> JsonText | None:
    if row is None or row.status not in (StepStatus.COMPLETED, StepStatus.FAILED):
        return None
    return as_text(row.output) if row.error is None else JsonText(write_object({"error": JsonText(row.error)}))


def step_word(tasks: Sequence[StepsStatus], *, over: bool) -> StepsStatus:
    """The status of a step by those of its tasks; ``over``: its execution has ended."""
    if StepsStatus.RUNNING in tasks:
        return StepsStatus.RUNNING
    if set(tasks) == {StepsStatus.PENDING}:
        return StepsStatus.PENDING
    if set(tasks) <= {StepsStatus.SUCCEEDED, StepsStatus.SKIPPED}:
        return StepsStatus.SUCCEEDED
    if not over:
        return StepsStatus.RUNNING
    return StepsStatus.FAILED if StepsStatus.FAILED in tasks else StepsStatus.CANCELLED


def _newest_time(row: ShownExecution, steps: Iterable[NewestStep]) -> datetime:
    """The time of the newest change."""
    times = [row.created_at, row.started_at, row.finished_at]
    times += [moment for step in steps for moment in (step.started_at, step.finished_at)]
    return max(moment for moment in times if moment is not None)

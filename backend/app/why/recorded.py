"""The recorded steps of an execution, as a replay and a comparison need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.engine.config import EngineContext
from app.engine.definitions.compiled import CompiledWorkflow
from app.engine.walk.inputs import SettledStep, inputs_of, parse_scope
from app.graph.planning.ledger import Visit
from app.graph.planning.replay import RecordedVisit
from app.storage.database import Cursor
from app.storage.definition import Definition
from app.storage.forks import PastStep
from app.storage.statuses import StepStatus
from app.storage.waits import WaitingExecution
from app.storage.walk.lock import fetch_definition


@dataclass(frozen=True)
class RecordedRun:
    """The steps of an execution, each visit at its newest attempt, in the order in which they were settled."""

    #: What it runs.
    workflow: CompiledWorkflow
    steps: Sequence[PastStep]

    @cached_property
    def by_visit(self) -> dict[Visit, PastStep]:
        """The steps of the normal flow; compensations are left out."""
        return {read_visit(step): step for step in self.steps if step.compensates is None}

    @cached_property
    def recorded(self) -> dict[Visit, RecordedVisit]:
        """The visits that a replay can settle: those that completed, and those whose failure was caught."""
        return {
            read_visit(step): RecordedVisit(
                step.status == StepStatus.FAILED,
                step.branch,
                order,
                started=step.started_at.timestamp() if step.started_at else None,
                settled=step.finished_at.timestamp() if step.finished_at else None,
            )
            for order, step in enumerate(self.steps)
            if step.compensates is None and is_settled(step)
        }

    @property
    def compensated(self) -> frozenset[str]:
        """The nodes that were undone."""
        undone = (step.compensates for step in self.steps if step.compensates)
        return frozenset(name.rpartition(":")[0] for name in undone)

    def led_to(self, visit: Visit) -> dict[str, int]:
        """The visits whose outputs came into this one, by their nodes; empty where none led to it, as to an entry."""
        settled: dict[str, list[SettledStep]] = {}
        for step in filter(is_settled, self.by_visit.values()):
            found = SettledStep(step.node_id, parse_scope(step.scope), step.status, step.branch, step.visit)
            settled.setdefault(step.node_id, []).append(found)
        return inputs_of(self.workflow.graph, visit, settled)


def compile_version(
    cursor: Cursor, context: EngineContext, execution: WaitingExecution, version: int
) -> CompiledWorkflow:
    """Return a version of an execution's workflow, or the part of it that is the graph in place which it runs."""

    def load() -> Definition:
        return fetch_definition(cursor, execution.workflow_id, version)

    return context.workflows.get(execution.workflow_id, version, load, tuple(execution.inline_path or ()))


def read_visit(step: PastStep) -> Visit:
    return Visit(step.node_id, parse_scope(step.scope))


def is_settled(step: PastStep) -> bool:
    """True where the step has a result that what follows can use."""
    return step.status == StepStatus.COMPLETED or (step.status == StepStatus.FAILED and step.has_output)

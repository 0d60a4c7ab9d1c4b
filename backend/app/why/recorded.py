"""The recorded steps of an execution, as a replay and a comparison need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.engine.definitions.compiled import CompiledWorkflow
from app.engine.walk.inputs import parse_scope
from app.graph.planning.ledger import Visit
from app.graph.planning.replay import RecordedVisit
from app.storage.forks import PastStep
from app.storage.statuses import StepStatus


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


def read_visit(step: PastStep) -> Visit:
    return Visit(step.node_id, parse_scope(step.scope))


def is_settled(step: PastStep) -> bool:
    """True where the step has a result that what follows can use."""
    return step.status == StepStatus.COMPLETED or (step.status == StepStatus.FAILED and step.has_output)

"""Walk recorded executions under another version: recorded outputs stand in for effects, all else really runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import Attempt, AttemptResult, StepContext
from app.engine.attempts.call import run_attempt
from app.engine.config import EngineContext
from app.engine.definitions.compiled import CompiledNode, CompiledWorkflow
from app.engine.registry import RunTarget
from app.engine.waiting.children import find_workflow
from app.engine.walk.inputs import SettledStep, format_scope, inputs_of, merged, parse_scope
from app.graph.planning.choices import catches, choose
from app.graph.planning.ledger import Visit
from app.graph.planning.replay import RecordedVisit, walk_settled
from app.storage.database import Cursor
from app.storage.ids import NOBODY
from app.storage.json_text import loads
from app.storage.recordings import RecordedStep, Recording, RecordingFilter, list_recorded_steps, list_recordings
from app.storage.rows import StepRow
from app.storage.statuses import StepStatus

#: Recordings whose steps are read at once.
BATCH = 50
#: Seconds that one request may take.
BUDGET = 20.0
#: The word for a visit that is not there.
NOT_REACHED = "not reached"
#: The word for a visit of a node with an effect that has no recording.
REACHED = "reached"
FAILED = "failed"


@dataclass(frozen=True)
class Divergence:
    """An execution that would have gone another way, and where first."""

    execution_id: str
    node_id: str
    was: str
    would_be: str


@dataclass
class Shadow:
    """How recorded executions would have gone."""

    executions: int = 0
    same: int = 0
    differ: list[Divergence] = field(default_factory=list)
    #: Nodes with an effect that were reached and have no recording, with the number of executions.
    unrecorded: Counter[str] = field(default_factory=Counter)
    #: False where the time was over first.
    is_complete: bool = True


def shadow_workflow(
    cursor: Cursor,
    context: EngineContext,
    target: tuple[str, int],
    workflow: CompiledWorkflow,
    wanted: RecordingFilter,
    limit: int,
) -> Shadow:
    """
    Return how the newest recorded executions of a workflow would have gone under this definition; nothing is written.

    ``target`` is the id and the version that pure nodes see.
    """
    found, end = Shadow(), monotonic() + BUDGET
    recordings = list_recordings(cursor, target[0], wanted, limit=limit)
    for recording, steps in _with_steps(cursor, recordings):
        if monotonic() > end:
            found.is_complete = False
            break
        walk = _ShadowWalk(cursor, context, target, workflow, recording, steps)
        divergence = walk.run()
        found.executions += 1
        found.unrecorded.update(walk.unrecorded)
        if divergence is None:
            found.same += 1
        else:
            found.differ.append(divergence)
    return found


def _with_steps(cursor: Cursor, recordings: Sequence[Recording]) -> Iterator[tuple[Recording, Sequence[RecordedStep]]]:
    for start in range(0, len(recordings), BATCH):
        batch = recordings[start : start + BATCH]
        steps = list_recorded_steps(cursor, [recording.id for recording in batch])
        yield from ((recording, steps[recording.id]) for recording in batch)


class _ShadowWalk:
    """The walk of one recording under another definition."""

    def __init__(
        self,
        cursor: Cursor,
        context: EngineContext,
        target: tuple[str, int],
        workflow: CompiledWorkflow,
        recording: Recording,
        steps: Sequence[RecordedStep],
    ) -> None:
        self._cursor = cursor
        self._context = context
        self._workflow = workflow
        self._recording = recording
        self._runs = RunTarget(*target, (), workflow.graph.parameters)
        self._recorded = {
            Visit(step.node_id, parse_scope(step.scope)): (order, step)
            for order, step in enumerate(steps)
            if step.status != StepStatus.SKIPPED
        }
        self._settled: dict[str, list[SettledStep]] = defaultdict(list)
        #: The word for what each visit does, in the order in which they start.
        self._would: dict[Visit, str] = {}
        self.unrecorded: set[str] = set()

    def run(self) -> Divergence | None:
        """Return where this recording would have gone another way; None: nowhere."""
        walk_settled(self._workflow.graph, self._settle)
        was = {visit: _word_of(step) for visit, (_, step) in self._recorded.items()}
        for visit, would in self._would.items():
            if was.get(visit, NOT_REACHED) != would:
                return Divergence(self._recording.id, visit.node, was.get(visit, NOT_REACHED), would)
        for visit, word in was.items():
            if visit not in self._would:
                return Divergence(self._recording.id, visit.node, word, NOT_REACHED)
        return None

    def _settle(self, visit: Visit) -> RecordedVisit | None:
        compiled = self._workflow.nodes[visit.node]
        order, step = self._recorded.get(visit, (len(self._recorded), None))
        if compiled.handler is None or not compiled.pure:
            return self._take_recording(visit, step, order)
        result = self._run(compiled, visit)
        if result.halted:
            return self._take_recording(visit, step, order)
        if result.error is not None:
            return self._fail(visit, result, order)
        branch = choose(self._workflow.graph, visit.node, handles=result.handles, next=result.selected_next)
        self._would[visit] = _word(branch)
        return self._remember(visit, StepStatus.COMPLETED, branch, loads(result.output or "null"), order)

    def _take_recording(self, visit: Visit, step: RecordedStep | None, order: int) -> RecordedVisit | None:
        """Settle a visit as it was recorded; one that is not recorded, or had not ended, stays open."""
        if step is None or step.type != self._workflow.nodes[visit.node].node.type:
            self.unrecorded.add(visit.node)
            self._would[visit] = REACHED
            return None
        self._would[visit] = _word_of(step)
        if step.status == StepStatus.COMPLETED or (step.status == StepStatus.FAILED and step.has_output):
            return self._remember(visit, step.status, step.branch, step.output, order)
        return None

    def _fail(self, visit: Visit, result: AttemptResult, order: int) -> RecordedVisit | None:
        node = self._workflow.graph.nodes[visit.node]
        self._would[visit] = FAILED
        if not catches(self._workflow.graph, visit.node) and not node.continue_on_error:
            return None
        return self._remember(visit, StepStatus.FAILED, None, {"error": dict(result.error or {})}, order)

    def _remember(self, visit: Visit, status: str, branch: str | None, output: Any, order: int) -> RecordedVisit:
        self._settled[visit.node].append(SettledStep(visit.node, visit.scope, status, branch, output))
        return RecordedVisit(status == StepStatus.FAILED, branch, order)

    def _run(self, compiled: CompiledNode, visit: Visit) -> AttemptResult:
        recording = self._recording
        inputs = inputs_of(self._workflow.graph, visit, self._settled)
        context = StepContext(
            execution_id=recording.id,
            payload=recording.payload,
            event=recording.event,
            outputs={node: max(steps, key=lambda step: step.scope).output for node, steps in self._settled.items()},
            input=merged(inputs, recording.payload),
            inputs=inputs,
            runs=self._runs,
            depth=recording.depth,
        )
        row = StepRow(
            node_id=visit.node,
            visit=visit.visit,
            attempt=1,
            id=NOBODY,
            type=compiled.node.type,
            status=StepStatus.RUNNING,
            scope=format_scope(visit.scope),
        )
        find = partial(find_workflow, self._cursor, self._context.workflows)
        return run_attempt(Attempt(compiled, context, row, self._context.config, find_workflow=find))


def _word_of(step: RecordedStep) -> str:
    """Return the word for what a recorded visit did."""
    return FAILED if step.status == StepStatus.FAILED else _word(step.branch)


def _word(branch: str | None) -> str:
    if branch is None:
        return "went on"
    return "no edge" if branch == "∅" else f"went to {branch[1:]}"

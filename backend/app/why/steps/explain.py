"""Explain one step: the cases of a branch, the arrivals of a join, the event of a wait, the choice behind a skip."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from app.errors import InvalidInput, InvalidRule
from app.graph.building.cases import handles_of
from app.graph.dialects.tasks.problems import gate_of
from app.graph.model import ERROR, Edge
from app.graph.names import as_id
from app.storage.statuses import StepStatus
from app.storage.step_history import HistoryStep
from app.triggers.correlation import without_own
from app.why.explain import Explanation, explain_with
from app.why.steps.history import Arrival, History, names_of
from app.why.wording.names import join_and

BRANCH, WAIT = "branch", "wait_for_event"
_CASE, _CONDITION = "the case", "the condition"


@dataclass(frozen=True)
class CaseReason:
    """One case of a branch with its condition as it was evaluated; None: it has no condition."""

    label: str
    explanation: Explanation | None
    taken: bool


@dataclass(frozen=True)
class JoinReason:
    """How many edges a join needs, and the nodes that they came from, or have yet to come from."""

    needed: int
    arrived: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TriedEvent:
    """An event on which the condition of a wait is tried."""

    id: str
    payload: Any
    #: What rules read as ``$event``.
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class StepReasons:
    """Why a step did what it did."""

    step_id: str
    sentence: str
    cases: list[CaseReason] | None = None
    join: JoinReason | None = None
    #: The event that ended a wait, and its condition for that event.
    event_id: str | None = None
    condition: Explanation | None = None
    #: The step whose choice led to a skip.
    caused_by: str | None = None


def explain_step(
    history: History, step: HistoryStep, *, output: Any = None, event_variables: Mapping[str, Any] | None = None
) -> StepReasons:
    """
    Explain a step of an execution.

    ``output`` is its output, and ``event_variables`` are the ``$event`` of the event that ended its wait.
    """
    id = str(step.id)
    if step.node_id not in history.graph.nodes:
        return StepReasons(id, f"*{step.node_id}* is not a node of the version that this execution runs.")
    join = explain_join(history, step)
    if step.status == StepStatus.SKIPPED.value:
        cause, sentence = explain_skip(history, step)
        return StepReasons(id, sentence, join=join, caused_by=cause)
    if step.type == BRANCH and step.status == StepStatus.COMPLETED.value:
        cases = explain_cases(history, step, output)
        return StepReasons(id, _describe_branch(step, cases), cases=cases, join=join)
    if step.type == WAIT:
        return _explain_wait(history, step, join, output, event_variables)
    return StepReasons(id, _describe_step(history, step), join=join)


def try_event(history: History, step: HistoryStep, event: TriedEvent) -> StepReasons:
    """Explain what the condition of a wait decides on an event. Raises InvalidInput for a step that is not a wait."""
    id, node = str(step.id), history.graph.nodes.get(step.node_id)
    if step.type != WAIT or node is None:
        raise InvalidInput(
            f"Step {id} of node {step.node_id} is of type {step.type}; `event_id` is for a step of type {WAIT}."
        )
    variables = {**history.variables(step), "$event": event.variables}
    found = explain_with(node.data.get("condition"), without_own(event.payload), variables, asker=_CONDITION)
    if found.decision == "matched":
        sentence = f"Event {event.id} meets the condition of *{step.node_id}*: {_reason_of(found)}."
    elif found.decision == "error":
        sentence = f"On event {event.id}, {found.sentence[:1].lower()}{found.sentence[1:]}"
    else:
        words = found.first_failing_words
        sentence = f"Event {event.id} does not meet the condition of *{step.node_id}*: {words}."
    return StepReasons(id, sentence, event_id=event.id, condition=found)


def _reason_of(found: Explanation) -> str:
    return found.sentence.removeprefix("It matches: ").rstrip(".")


def explain_join(history: History, step: HistoryStep) -> JoinReason | None:
    """The arrivals at a step that several edges enter; None if there is one edge at most."""
    arrivals = history.arrivals(step)
    if len(arrivals) < 2 or step.compensates:
        return None
    wanted = history.graph.nodes[step.node_id].join
    return JoinReason(
        needed=len(arrivals) if wanted is None else wanted,
        arrived=names_of(each for each in arrivals if each.taken),
        skipped=names_of(each for each in arrivals if each.taken is False),
        missing=names_of(each for each in arrivals if each.taken is None),
    )


def explain_cases(history: History, step: HistoryStep, output: Any) -> list[CaseReason]:
    """The cases of a branch in their order; at most one was taken."""
    variables = history.variables(step)
    found: list[CaseReason] = []
    cases = history.cases(step.node_id)
    explained = [_explain_case(case, history.payload, variables) for case in cases]
    taken = _taken_case(cases, explained, output)
    for index, case in enumerate(cases):
        found.append(CaseReason(_label(case, index), explained[index], index == taken))
    return found


def _explain_case(case: Mapping[str, Any], payload: Any, variables: Mapping[str, Any]) -> Explanation | None:
    if case.get("else") or case.get("condition") is None:
        return None
    with suppress(InvalidRule):
        return explain_with(case["condition"], payload, variables, asker=_CASE)
    return None


def _taken_case(cases: list[Mapping[str, Any]], explained: list[Explanation | None], output: Any) -> int | None:
    """The number of the case that the recorded output is of; of several alike, the first that holds."""
    if not isinstance(output, dict) or (output.get("label") is None and output.get("selected_next") is None):
        holding = [n for n, case in enumerate(cases) if case.get("else") or _holds(explained[n])]
        return holding[0] if holding else None
    alike = [n for n, case in enumerate(cases) if _is_output_of(case, output)]
    holding = [n for n in alike if cases[n].get("else") or _holds(explained[n])]
    return next(iter([*holding, *alike]), None)


def _holds(explanation: Explanation | None) -> bool:
    return explanation is not None and explanation.decision == "matched"


def _is_output_of(case: Mapping[str, Any], output: Mapping[str, Any]) -> bool:
    label = case.get("label", "else" if case.get("else") else None)
    return bool(label == output.get("label") and case.get("next") == output.get("selected_next"))


def _label(case: Mapping[str, Any], index: int) -> str:
    handles = handles_of(case)
    return handles[0] if handles else as_id(case.get("next")) or str(index + 1)


def _describe_branch(step: HistoryStep, cases: list[CaseReason]) -> str:
    taken = next((case for case in cases if case.taken), None)
    if taken is None:
        return f"*{step.node_id}* took no case: none of its {len(cases)} conditions holds."
    if taken.explanation is None:
        return f"*{step.node_id}* took case {taken.label}, because no case above it holds."
    return f"*{step.node_id}* took case {taken.label}: {_reason_of(taken.explanation)}."


def explain_skip(history: History, step: HistoryStep) -> tuple[str | None, str]:
    """The step whose choice led to a skip, and the sentence about it."""
    edge, cause = _find_choice(history, step)
    if edge is None or cause is None:
        return None, f"*{step.node_id}* was skipped: no path to it was taken."
    through = "" if edge.target == step.node_id else f", by way of *{edge.target}*"
    reason = _describe_choice(history, cause, edge)
    return str(cause.id), f"*{step.node_id}* was skipped{through}, because {reason}."


def _find_choice(history: History, step: HistoryStep) -> tuple[Edge | None, HistoryStep | None]:
    """The edge that was not taken, and the step that did not take it, back along steps that were skipped themselves."""
    seen: set[str] = set()
    current = step
    while str(current.id) not in seen:
        seen.add(str(current.id))
        arrivals = [each for each in history.arrivals(current) if each.taken is False and each.step is not None]
        chosen = next((each for each in arrivals if _status_of_source(each) != StepStatus.SKIPPED.value), None)
        if chosen is not None:
            return chosen.edge, chosen.step
        if not arrivals or arrivals[0].step is None:
            return None, None
        current = arrivals[0].step
    return None, None


def _status_of_source(arrival: Arrival) -> str | None:
    return None if arrival.step is None else arrival.step.status


def _describe_choice(history: History, cause: HistoryStep, edge: Edge) -> str:
    """Why a step did not take an edge."""
    if edge.handle == ERROR and cause.status == StepStatus.COMPLETED.value:
        return f"*{cause.node_id}* completed, and the edge from its handle error is for failures"
    if cause.status == StepStatus.FAILED.value:
        return f"*{cause.node_id}* failed"
    if cause.type == BRANCH:
        return _describe_other_case(history, cause, edge)
    took = f"took {cause.branch[1:]}" if cause.branch else "took its edges without a handle"
    return f"*{cause.node_id}* {took}"


def _describe_other_case(history: History, cause: HistoryStep, edge: Edge) -> str:
    """Why a branch did not take the case that an edge belongs to."""
    output = history.read_outputs([str(cause.id)]).get(str(cause.id))
    cases = explain_cases(history, cause, output)
    taken = next((n for n, case in enumerate(cases) if case.taken), None)
    wanted = next((n for n, case in enumerate(history.cases(cause.node_id)) if _leads_along(case, edge)), None)
    took = "no case" if taken is None else f"case {cases[taken].label}"
    if wanted is None:
        return f"*{cause.node_id}* took {took}"
    other = cases[wanted]
    if taken is not None and taken < wanted and (other.explanation is None or _holds(other.explanation)):
        return f"*{cause.node_id}* took {took}, which is above case {other.label}"
    words = other.explanation.first_failing_words if other.explanation is not None else None
    if words and cause.node_id == gate_of(edge.target):
        return f"its `when` does not hold: {words}"
    reason = f", and not case {other.label}: {words}" if words else ""
    return f"*{cause.node_id}* took {took}{reason}"


def _leads_along(case: Mapping[str, Any], edge: Edge) -> bool:
    if case.get("next") is not None:
        return as_id(case["next"]) == edge.target
    return edge.handle in handles_of(case)


def _explain_wait(
    history: History,
    step: HistoryStep,
    join: JoinReason | None,
    output: Any,
    event_variables: Mapping[str, Any] | None,
) -> StepReasons:
    id = str(step.id)
    event_id = output.get("event_id") if isinstance(output, dict) else None
    if not isinstance(event_id, str):
        timed_out = step.branch == "#timeout"
        sentence = f"*{step.node_id}* waited until no time was left, and no event met its condition."
        return StepReasons(id, sentence if timed_out else _describe_step(history, step), join=join)
    condition = history.graph.nodes[step.node_id].data.get("condition")
    variables = {**history.variables(step), "$event": event_variables or {}}
    explanation = None
    with suppress(InvalidRule):
        explanation = explain_with(condition, output.get("event"), variables, asker=_CONDITION)
    reason = ""
    if explanation is not None and explanation.decision == "matched":
        reason = f": {_reason_of(explanation)}"
    sentence = f"*{step.node_id}* continued with event {event_id}, which met its condition{reason}."
    return StepReasons(id, sentence, join=join, event_id=event_id, condition=explanation)


def _describe_step(history: History, step: HistoryStep) -> str:
    """What a step did, for those that choose nothing."""
    name, status = f"*{step.node_id}*", step.status
    came = names_of(each for each in history.arrivals(step) if each.taken)
    after = f" after {join_and([f'*{name}*' for name in came])}" if came else ""
    if step.compensates:
        return f"{name} runs to undo *{step.compensates.rpartition(':')[0]}*; it is {status}."
    if status == StepStatus.FAILED.value:
        message = step.error.get("message") if isinstance(step.error, dict) else None
        return f"{name} ran{after} and failed: {message or 'no message was recorded'}"
    if status == StepStatus.COMPLETED.value:
        way = f", and took {step.branch[1:]}" if step.branch and len(step.branch) > 1 else ""
        return f"{name} ran{after}{way}."
    if status == StepStatus.WAITING.value:
        return f"{name} began{after} and waits."
    if status == StepStatus.CANCELLED.value:
        return f"{name} was cancelled with its execution."
    return f"{name} is {status}{after}."

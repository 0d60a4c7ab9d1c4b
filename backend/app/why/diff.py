"""Compare two executions: where they first went another way, and each node beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from app.engine.config import EngineContext
from app.engine.definitions.compiled import CompiledWorkflow
from app.engine.walk.inputs import SettledStep, inputs_of, merged, parse_scope
from app.errors import Conflict, NotFound, Unreadable
from app.graph.model import Graph
from app.graph.names import quote
from app.graph.planning.ledger import Visit
from app.logic.difference import MISSING, Difference, find_difference
from app.logic.jsonlogic import compile_rule
from app.storage import comparison, waits
from app.storage.comparison import ComparedPayload, ComparedStep
from app.storage.database import Cursor
from app.storage.waits import WaitingExecution
from app.storage.walk.lock import fetch_definition


@dataclass(frozen=True)
class _Unread:
    """Stands for a value that was not read, because it is the same on both sides or too large."""

    digest: str | None


@dataclass(frozen=True)
class ComparedNode:
    """One visit of a node in both executions; None: it is not in that one."""

    node_id: str
    visit: int
    a: ComparedStep | None
    b: ComparedStep | None
    same_input: bool
    same_output: bool
    #: Where the outputs first differ, if both are there and small enough to be compared.
    difference: Difference | None
    #: Where the inputs first differ, likewise.
    input_difference: Difference | None = None

    @property
    def side(self) -> str:
        return "both" if self.a and self.b else "a" if self.a else "b"

    @property
    def is_same_way(self) -> bool:
        """True where both took the same way here, whatever their outputs."""
        if self.a is None or self.b is None:
            return False
        return (self.a.status, self.a.branch) == (self.b.status, self.b.branch)


@dataclass(frozen=True)
class ExecutionDiff:
    """Two executions, A and B."""

    sentence: str
    same_definition: bool
    #: Where the payloads first differ; None: they are the same, or too large to be compared.
    same_payload: bool
    payload: Difference | None
    nodes: Sequence[ComparedNode]
    #: The node at which they first took another way; where there is none, the first with another output.
    first: ComparedNode | None


@dataclass(frozen=True)
class _Side:
    """One of the two executions."""

    execution: WaitingExecution
    workflow: CompiledWorkflow | None
    document: Any
    steps: Mapping[tuple[str, int], ComparedStep]
    began: ComparedPayload
    #: Outputs that were read, by node and visit.
    outputs: Mapping[tuple[str, int], Any] = field(default_factory=dict)

    @cached_property
    def steps_by_turn(self) -> Mapping[tuple[str, int | None], Sequence[SettledStep]]:
        """
        The steps by node and turn of its outermost loop (None: all), with digests in place of outputs not read.

        One visit of a loop with thousands of turns has its sources in its own turn, or in the one before.
        """
        settled: dict[tuple[str, int | None], list[SettledStep]] = {}
        for key, one in self.steps.items():
            output = self.outputs[key] if key in self.outputs else _Unread(one.digest)
            found = SettledStep(one.node_id, parse_scope(one.scope), one.status, one.branch, output)
            for turn in {None, *found.scope[:1]}:
                settled.setdefault((one.node_id, turn), []).append(found)
        return settled

    def _sources(self, graph: Graph, visit: Visit) -> dict[str, Sequence[SettledStep]]:
        """Return the steps of the nodes before a visit, as far as they can have led to it."""
        loops = graph.nodes[visit.node].loops
        found: dict[str, Sequence[SettledStep]] = {}
        for edge in (*graph.into.get(visit.node, ()), *graph.back.get(visit.node, ())):
            if loops and graph.nodes[edge.source].loops[:1] == loops[:1]:
                turns = (visit.scope[0] - 1, visit.scope[0])
                found[edge.source] = [
                    step for turn in turns for step in self.steps_by_turn.get((edge.source, turn), ())
                ]
            else:
                found[edge.source] = list(self.steps_by_turn.get((edge.source, None), ()))
        return found

    def input_of(self, step: ComparedStep) -> Any:
        """Return the input of a step, with digests in place of what was not read."""
        given = self.began.given_input
        if given is not None and (step.node_id, step.visit) == (given["node"], given["visit"]):
            return given["value"]
        if self.workflow is None or step.node_id not in self.workflow.graph.nodes:
            return None
        graph, visit = self.workflow.graph, Visit(step.node_id, parse_scope(step.scope))
        inputs = inputs_of(graph, visit, self._sources(graph, visit))
        payload = _Unread(self.began.digest) if self.began.payload is None else self.began.payload
        return merged(inputs, payload)


def compare_executions(cursor: Cursor, context: EngineContext, a: str, b: str) -> ExecutionDiff:
    """Return how two executions differ, from one snapshot. Raises NotFound, and Conflict for different workflows."""
    sides = _read_side(cursor, context, a), _read_side(cursor, context, b)
    one, other = sides
    _require_same_workflow(one.execution, other.execution)
    keys = list(dict.fromkeys([*one.steps, *other.steps]))
    shared = [key for key in keys if key in one.steps and key in other.steps]
    differing = [key for key in shared if _digest(one, key) != _digest(other, key)]
    one, other = (
        replace(side, outputs=comparison.fetch_outputs(cursor, side.execution.id, differing)) for side in sides
    )
    nodes = [_compare(key, one, other) for key in keys]
    same_payload = one.began.digest == other.began.digest
    payload = None if same_payload else find_difference(one.began.payload, other.began.payload)
    same_definition = one.document == other.document
    first = next((node for node in nodes if not node.is_same_way), None)
    first = first or next((node for node in nodes if not node.same_output), None)
    read = _find_read(first, one, other) if first else None
    sentence = _summarize(first, read or payload, same_payload=same_payload)
    return ExecutionDiff(sentence, same_definition, same_payload or payload is None, payload, nodes, first)


def _require_same_workflow(a: WaitingExecution, b: WaitingExecution) -> None:
    """Raise Conflict where the nodes of one execution are not those of the other."""
    if a.workflow_id != b.workflow_id:
        raise Conflict(
            f"Execution {a.id} runs the workflow {quote(a.workflow_name)} and execution {b.id} runs"
            f" {quote(b.workflow_name)}; only executions of one workflow can be compared."
        )
    if (a.inline_path or []) != (b.inline_path or []):
        raise Conflict(
            f"Executions {a.id} and {b.id} run different graphs inside the workflow {quote(a.workflow_name)}; only"
            " executions of the same graph can be compared."
        )


def _read_side(cursor: Cursor, context: EngineContext, id: str) -> _Side:
    execution = waits.find_execution(cursor, id)
    if execution is None:
        raise NotFound.of("Execution", id)
    definition = fetch_definition(cursor, execution.workflow_id, execution.version)
    workflow: CompiledWorkflow | None = None
    try:
        inside = tuple(execution.inline_path or ())
        workflow = context.workflows.get(execution.workflow_id, execution.version, lambda: definition, inside)
    except Unreadable:
        pass
    steps = {(step.node_id, step.visit): step for step in comparison.list_compared(cursor, execution.id)}
    return _Side(
        execution, workflow, definition.document, steps, comparison.fetch_compared_payload(cursor, execution.id)
    )


def _find_read(first: ComparedNode, one: _Side, other: _Side) -> Difference | None:
    """Return the first place of the payloads that differs and that the rules of a node read."""
    compiled = one.workflow.nodes.get(first.node_id) if one.workflow else None
    rules = compiled.rules.values() if compiled else ()
    for path in (path for rule in rules for path in _list_variables(rule.source)):
        read = compile_rule({"var": path})
        values = read.evaluate(one.began.payload), read.evaluate(other.began.payload)
        if find_difference(*values) is not None:
            return Difference("/" + path.replace(".", "/"), *values)
    return None


def _list_variables(source: Any) -> Iterator[str]:
    """Yield the paths of the payload that a rule names, from left to right."""
    if isinstance(source, list):
        for part in source:
            yield from _list_variables(part)
    elif isinstance(source, dict):
        named = source.get("var")
        named = named[0] if isinstance(named, list) and named else named
        if isinstance(named, str) and named and not named.startswith("$"):
            yield named
        for part in source.values():
            yield from _list_variables(part)


def _digest(side: _Side, key: tuple[str, int]) -> str | None:
    return side.steps[key].digest if key in side.steps else None


def _compare(key: tuple[str, int], one: _Side, other: _Side) -> ComparedNode:
    a, b = one.steps.get(key), other.steps.get(key)
    of_input = find_difference(one.input_of(a), other.input_of(b)) if a and b else None
    known = key in one.outputs and key in other.outputs
    difference = find_difference(one.outputs[key], other.outputs[key]) if known else None
    same_output = bool(a and b) and (_digest(one, key) == _digest(other, key) or (known and difference is None))
    is_shown = of_input is not None and not any(isinstance(value, _Unread) for value in (of_input.a, of_input.b))
    return ComparedNode(
        *key,
        a,
        b,
        same_input=bool(a and b) and of_input is None,
        same_output=same_output,
        difference=difference,
        input_difference=of_input if is_shown else None,
    )


def _summarize(first: ComparedNode | None, payload: Difference | None, *, same_payload: bool) -> str:
    if first is None:
        beginning = "Both went the same way, with the same outputs"
        though = "" if same_payload or payload is None else f", though {_values(payload, 'the payload')}"
        return f"{beginning}{though}."
    place = first.node_id if first.visit == 1 else f"{first.node_id} (visit {first.visit})"
    if first.is_same_way:
        where = f": {_values(first.difference, 'it')}" if first.difference is not None else ""
        return f"Both went the same way. The output of {place} is the first that differs{where}."
    way = f"They went the same way until {place}"
    if first.a is None or first.b is None:
        return f"{way}, which is only in {'A' if first.a else 'B'}."
    if first.a.status != first.b.status:
        reason = _error_suffix(first.a, first.b)
        return f"{way}, which is {first.a.status} in A and {first.b.status} in B{reason}."
    why = f", where {_values(payload, 'the payload')}" if payload else ""
    return f"{way}{why}: it went to {_branch(first.a)} in A and to {_branch(first.b)} in B."


def _values(difference: Difference, subject: str) -> str:
    place = difference.pointer[1:].replace("/", ".")
    name = f"`{place}` of {subject}" if place else subject
    return f"{name} was {_show_value(difference.a)} in A and {_show_value(difference.b)} in B"


def _show_value(value: Any) -> str:
    return "missing" if value is MISSING else quote(value)


def _error_suffix(a: ComparedStep, b: ComparedStep) -> str:
    message = next((step.error["message"] for step in (a, b) if step.error and step.error.get("message")), "")
    return f": {message.rstrip('.')}" if message else ""


def _branch(step: ComparedStep) -> str:
    if step.branch is None:
        return "the plain edges"
    return "no edge" if step.branch == "∅" else quote(step.branch[1:])

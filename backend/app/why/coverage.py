"""Coverage: the nodes, edges and cases that executions have taken, and the clauses of a trigger that were true."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidRule
from app.graph.building.cases import cases_of, handles_of
from app.graph.model import Graph
from app.graph.names import as_id
from app.graph.planning.choices import Outcome, catches, choose, follow_edges
from app.logic.jsonlogic import compile_rule
from app.logic.pointer import follow_pointer
from app.storage.coverage import NodeCount
from app.storage.statuses import StepStatus
from app.triggers.triggers import can_fire
from app.why.backtest.report import describe_part
from app.why.backtest.trial import Trial

#: Seconds in which events are tried on a trigger.
BUDGET = 2.0


@dataclass(frozen=True)
class Coverage:
    """How many executions took each part of a graph, as JSON."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    cases: list[dict[str, Any]]


def cover_graph(graph: Graph, counts: Iterable[NodeCount]) -> Coverage:
    """
    How many executions took each node, edge and case.

    An execution that comes to a node in several ways, as in a loop, counts once for each way.
    """
    nodes: Counter[str] = Counter()
    edges: Counter[int] = Counter()
    branches: Counter[tuple[str, str | None]] = Counter()
    for count in counts:
        if count.node_id not in graph.nodes:
            continue
        nodes[count.node_id] += count.executions
        failed = count.status == StepStatus.FAILED.value
        if failed and not catches(graph, count.node_id):
            continue
        outcome = Outcome.CAUGHT if failed else Outcome.COMPLETED
        for edge, is_taken in follow_edges(graph, count.node_id, outcome, count.branch):
            edges[edge.index] += count.executions if is_taken else 0
        branches[count.node_id, count.branch] += count.executions
    return Coverage(
        nodes=[{"id": id, "taken": nodes[id]} for id in graph.nodes],
        edges=[
            {"source": edge.source, "target": edge.target, "handle": edge.handle, "taken": edges[edge.index]}
            for edge in graph.edges
        ],
        cases=_cover_cases(graph, branches),
    )


def _cover_cases(graph: Graph, branches: Counter[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """Cases that lead along the same edges cannot be told apart, and have the same count."""
    found = []
    for node in graph.nodes.values():
        for place, case in cases_of(node):
            word = choose(graph, node.id, handles=handles_of(case), next=as_id(case.get("next")))
            label = case.get("label", "else" if case.get("else") else None)
            taken = branches[node.id, word]
            found.append({"node_id": node.id, "pointer": f"/cases/{place}", "label": label, "taken": taken})
    return found


def cover_trigger(
    trigger: Any, events: Sequence[tuple[Any, dict[str, Any]]], *, budget: float = BUDGET
) -> list[dict[str, Any]]:
    """
    For how many of these events, each with its ``$event``, each clause of a trigger is true, and false.

    Events that are not reached within ``budget`` seconds are left out.
    """
    if not can_fire(trigger):
        return []
    try:
        trial = Trial(compile_rule(trigger))
    except InvalidRule:
        return []
    until = time.monotonic() + budget
    for payload, variables in events:
        trial.judge(payload, {"$event": variables})
        if time.monotonic() > until:
            break
    judged = sum(trial.combinations.values())
    passed, _ = trial.count_clauses()
    return [
        {
            "pointer": leaf.pointer,
            "words": describe_part(follow_pointer(trigger, leaf.pointer)),
            "true": passed[number],
            "false": judged - passed[number],
        }
        for number, leaf in enumerate(trial.leaves)
    ]

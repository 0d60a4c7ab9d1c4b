"""Documents that nobody draws: whatever is posted, the answer is a graph or a list of problems, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.errors import InvalidDefinition
from app.graph.planning import plan
from app.graph.planning.plan import Ledger, Outcome
from tests.graph.drawing import built, walk
from tests.long import choose_count

NODES = 10_000
#: Seconds of processor time for the largest documents that are allowed, on a slow machine.
SOON = 20.0

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just("a"), st.just(1))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
IDS = st.sampled_from(["a", "b", "start", 1, "1"]) | JSON
CASES = st.lists(st.fixed_dictionaries({}, optional={"label": JSON, "next": IDS, "else": JSON}) | JSON, max_size=3)
DATA = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("join", "retry", "timeout", "on_error", "max_visits"), JSON),
        "compensate": IDS,
        "cases": CASES | JSON,
    },
)
TYPES = st.sampled_from(["start", "branch", "step", "group"]) | JSON
NODE = st.fixed_dictionaries({"id": IDS}, optional={"type": TYPES, "data": DATA | JSON, "position": JSON})
EDGE = st.fixed_dictionaries({"source": IDS, "target": IDS}, optional={"sourceHandle": JSON, "id": JSON})


@settings(max_examples=choose_count(100, 300))
@given(
    st.fixed_dictionaries({}, optional={"nodes": st.lists(NODE | JSON) | JSON, "edges": st.lists(EDGE | JSON) | JSON})
)
@example({"nodes": 7})
@example({"nodes": [{"id": "a", "data": {"compensate": "a", "join": {}}}], "edges": None})
def test_any_document_is_a_graph_that_ends_or_a_list_of_problems(drawn: Any) -> None:
    try:
        graph = built(drawn).graph
    except InvalidDefinition:
        return

    assert walk(graph).status in ("COMPLETED", "FAILED")


@settings(max_examples=choose_count(70, 200))
@given(st.fixed_dictionaries({"nodes": st.lists(NODE, max_size=5)}, optional={"edges": st.lists(EDGE, max_size=5)}))
def test_pointers_of_problems_lead_into_the_document(drawn: Any) -> None:
    try:
        found = built(drawn).warnings
    except InvalidDefinition as error:
        found = error.problems

    for problem in found:
        place = drawn
        for part in problem.pointer.split("/")[1:-1]:
            name = part.replace("~1", "/").replace("~0", "~")
            place = place[int(name)] if isinstance(place, list) else place[name]


def test_values_nested_too_deep_to_be_shown_are_cut_short() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    node = {"id": "a", "data": {"retry": deep, "join": deep, "on_error": deep, "max_visits": deep, "compensate": deep}}

    fault = built({"nodes": [node]}).graph.nodes["a"].fault

    assert fault is not None
    assert len(fault) < 1000


def node(id: int, type: str = "step", **data: Any) -> dict[str, Any]:
    return {"id": f"n{id}", "type": type, "data": data}


def edge(source: int, target: int, handle: str | None = None) -> dict[str, Any]:
    return {"source": f"n{source}", "target": f"n{target}", "sourceHandle": handle}


def chain() -> Any:
    return [node(i) for i in range(NODES)], [edge(i, i + 1) for i in range(NODES - 1)]


def fan() -> Any:
    inner = range(1, NODES - 1)
    return [node(i) for i in range(NODES)], [edge(0, i) for i in inner] + [edge(i, NODES - 1) for i in inner]


def dense() -> Any:
    ends = [(i, i + 1 + (7 * i * k) % (NODES - i - 1)) for i in range(NODES - 1) for k in range(10)]
    return [node(i) for i in range(NODES)], [edge(a, b) for a, b in ends]


def starts_in_a_row() -> Any:
    return [node(i, "start") for i in range(NODES)], [edge(i, i + 1) for i in range(NODES - 1)]


def many_small_loops() -> Any:
    forth = [edge(i, i + 1, "on") for i in range(NODES - 1)]
    return [node(i, "branch") for i in range(NODES)], forth + [edge(i + 1, i, "back") for i in range(1, NODES - 1, 2)]


def one_loop_with_many_ways_back() -> Any:
    forth = [edge(i, i + 1, "on") for i in range(NODES - 1)]
    return [node(i, "branch") for i in range(NODES)], forth + [edge(i, 1, "back") for i in range(1, NODES)]


def loop_with_many_ways_out() -> Any:
    out = [edge(1, i, "on") for i in range(2, NODES)]
    return [node(0), node(1, "branch"), *[node(i) for i in range(2, NODES)]], [edge(0, 1), edge(1, 1, "back"), *out]


def branch_with_many_cases() -> Any:
    cases = [{"label": str(i), "next": f"n{i}"} for i in range(1, NODES)]
    return [node(0, "branch", cases=cases), *[node(i) for i in range(1, NODES)]], [edge(0, i) for i in range(1, NODES)]


def everybody_compensates() -> Any:
    return [node(i, compensate=f"n{(i * 7) % NODES}") for i in range(NODES)], [edge(0, i) for i in range(1, NODES)]


LARGE = [
    *(chain, fan, dense, starts_in_a_row, many_small_loops, one_loop_with_many_ways_back, loop_with_many_ways_out),
    *(branch_with_many_cases, everybody_compensates),
]


@pytest.mark.parametrize("draw", LARGE, ids=lambda draw: draw.__name__)
def test_largest_graphs_that_are_allowed_compile_soon(draw: Callable[[], Any]) -> None:
    nodes, edges = draw()
    begun = time.process_time()

    graph = built({"nodes": nodes, "edges": edges}).graph

    assert time.process_time() - begun < SOON
    assert len(graph.edges) <= len(edges)


def test_endless_ladders_of_loops_are_refused_soon() -> None:
    steps = [edge(i, i + 1, "on") for i in range(NODES - 1)] + [edge(i + 1, i, "back") for i in range(1, NODES - 1)]
    begun = time.process_time()

    with pytest.raises(InvalidDefinition, match="More than 20 loops"):
        built({"nodes": [node(i, "branch") for i in range(NODES)], "edges": steps})

    assert time.process_time() - begun < SOON


def test_problems_of_wrong_edges_are_limited_to_1000() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        built({"nodes": [{"id": "a"}], "edges": [{}] * 100_000})

    assert len(caught.value.problems) == 1000


@pytest.mark.parametrize("draw", [chain, fan, loop_with_many_ways_out, one_loop_with_many_ways_back])
def test_largest_dead_path_is_skipped_soon(draw: Callable[[], Any]) -> None:
    nodes, edges = draw()
    graph = built(
        {"nodes": [*nodes, node(-1, "branch")], "edges": [edge(-1, 0, "never"), *edges]}, max_nodes=20_000
    ).graph
    ledger = Ledger()
    begun = time.process_time()

    first = plan.plan_start(graph, ledger).started[0]
    moves = plan.plan_successors(graph, ledger, first, Outcome.COMPLETED)

    assert time.process_time() - begun < SOON
    assert (len(moves.started), len(moves.skipped)) == (0, NODES)
    assert set(ledger.changed.values()) <= {None}


def test_wide_fan_in_costs_the_same_for_each_of_its_branches() -> None:
    graph = built(dict(zip(("nodes", "edges"), fan(), strict=True))).graph
    stored: dict[plan.Key, plan.JoinCount] = {}
    begun = plan.plan_successors(graph, Ledger(), plan.Visit("n0"), Outcome.COMPLETED).started

    for turn in begun:
        ledger = Ledger(load=stored.get)
        moves = plan.plan_successors(graph, ledger, turn, Outcome.COMPLETED)
        assert len(ledger.known) == len(ledger.changed) == 1
        stored.update({key: tally for key, tally in ledger.changed.items() if tally})

    assert [turn.node for turn in moves.started] == [f"n{NODES - 1}"]

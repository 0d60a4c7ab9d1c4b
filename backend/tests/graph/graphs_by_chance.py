"""Graphs that nobody would think of, for the tests of what holds for every graph."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from app.errors import InvalidDefinition
from app.graph.model import Graph
from tests.graph.drawing import built
from tests.long import choose_count

ARROWS = st.sampled_from([">", ">", ">", "?", "?", "!"])
JOINS = st.sampled_from(["all", "all", "any", {"at_least": 2}, {"at_least": 3}])
HANDLES = {">": None, "?": "x", "!": "error"}
SEEDS = st.integers(0, 2**32)


def examples(number: int) -> settings:
    """This many examples with SOAK=1, else a third, however slow the machine is."""
    slow = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    return settings(max_examples=choose_count(number // 3, number), suppress_health_check=slow)


@st.composite
def dags(draw: st.DrawFn, *, joins: bool = True) -> Graph:
    """Nodes in a row, and edges that all lead on."""
    size = draw(st.integers(1, 9))
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    drawn = draw(st.lists(st.tuples(st.sampled_from(pairs), ARROWS), max_size=20)) if pairs else []
    return _compiled(draw, size, [(a, arrow, b) for (a, b), arrow in drawn], joins=joins)


@st.composite
def cyclic(draw: st.DrawFn, *, joins: bool = True) -> Graph:
    """As they come; the ambiguous ones, and those with plain cycles, are left out."""
    size = draw(st.integers(2, 8))
    ends = st.tuples(st.integers(0, size - 1), ARROWS, st.integers(1, size - 1))
    drawn = draw(st.lists(ends, min_size=1, max_size=16))
    chain = [(a, draw(st.sampled_from(">>>?")), a + 1) for a in range(draw(st.integers(1, size - 1)))]
    back = [(a, draw(st.sampled_from("?!")) if b <= a and arrow == ">" else arrow, b) for a, arrow, b in drawn]
    return _compiled(draw, size, [*chain, *back], joins=joins)


def _compiled(draw: st.DrawFn, size: int, drawn: list[tuple[int, str, int]], *, joins: bool) -> Graph:
    choosers = {a for a, arrow, _ in drawn if arrow == "?"}
    nodes = [
        {"id": f"n{i}", "type": "branch" if i in choosers else "step", "data": _data(draw, joins)} for i in range(size)
    ]
    edges = [{"source": f"n{a}", "target": f"n{b}", "sourceHandle": _handle(arrow, b)} for a, arrow, b in drawn]
    try:
        return built({"nodes": nodes, "edges": edges}).graph
    except InvalidDefinition:
        assume(False)
        raise


def _handle(arrow: str, target: int) -> str | None:
    return f"n{target}" if arrow == "?" else HANDLES[arrow]


def _data(draw: st.DrawFn, joins: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"join": draw(JOINS)} if joins else {}
    if draw(st.integers(0, 3)) == 0:
        data["on_error"] = "continue"
    return data

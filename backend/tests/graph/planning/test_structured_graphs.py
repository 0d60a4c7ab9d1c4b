"""Graphs of steps, forks, choices and loops against an interpreter that knows no ledger and no edges."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.drawing import built, walk
from tests.long import choose_count

Program = tuple[Any, ...]
PROGRAMS: st.SearchStrategy[Program] = st.recursive(
    st.just(("step",)),
    lambda inner: st.one_of(
        st.tuples(st.just("then"), inner, inner),
        st.tuples(st.just("fork"), inner, inner),
        st.tuples(st.just("choice"), inner, inner),
        st.tuples(st.just("loop"), inner),
    ),
    max_leaves=7,
)


class Drafting:
    """A program drawn as a graph, and the function that says what runs."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []

    def node(self, type: str = "step") -> str:
        self.nodes.append({"id": f"n{len(self.nodes)}", "type": type})
        return str(self.nodes[-1]["id"])

    def edge(self, source: str, target: str, handle: str | None = None) -> None:
        self.edges.append({"source": source, "target": target, "sourceHandle": handle})

    def draw_all(self, program: Program) -> Callable[[Expectation], None]:
        start = self.node("start")
        first, _, meaning = self.draw(program)
        self.edge(start, first)
        return meaning

    def draw(self, program: Program) -> tuple[str, str, Callable[[Expectation], None]]:
        """Its first node, its last node, and its meaning."""
        return getattr(self, f"_{program[0]}")(*program[1:])  # type: ignore[no-any-return]

    def _step(self) -> tuple[str, str, Callable[[Expectation], None]]:
        id = self.node()
        return id, id, lambda expectation: expectation.run(id)

    def _then(self, first: Program, second: Program) -> tuple[str, str, Callable[[Expectation], None]]:
        a, b, before = self.draw(first)
        c, d, after = self.draw(second)
        self.edge(b, c)
        return a, d, lambda expectation: (before(expectation), after(expectation))[0]

    def _fork(self, left: Program, right: Program) -> tuple[str, str, Callable[[Expectation], None]]:
        fork, means = self.node(), []
        sides = [self.draw(left), self.draw(right)]
        join = self.node()
        for first, last, meaning in sides:
            self.edge(fork, first)
            self.edge(last, join)
            means.append(meaning)
        return (
            fork,
            join,
            lambda expectation: (
                expectation.run(fork),
                means[0](expectation),
                means[1](expectation),
                expectation.run(join),
            )[0],
        )

    def _choice(self, left: Program, right: Program) -> tuple[str, str, Callable[[Expectation], None]]:
        choice, means = self.node("branch"), {}
        sides = {"yes": self.draw(left), "no": self.draw(right)}
        join = self.node()
        for handle, (first, last, meaning) in sides.items():
            self.edge(choice, first, handle)
            self.edge(last, join)
            means[handle] = meaning

        def mean(expectation: Expectation) -> None:
            expectation.run(choice)
            chosen = expectation.choice(choice)
            for handle in ("yes", "no"):
                expectation.under(handle == chosen, means[handle])
            expectation.run(join)

        return choice, join, mean

    def _loop(self, body: Program) -> tuple[str, str, Callable[[Expectation], None]]:
        header = self.node()
        first, last, meaning = self.draw(body)
        check, after = self.node("branch"), self.node()
        for source, target, handle in ((header, first, None), (last, check, None), (check, header, "again")):
            self.edge(source, target, handle)
        self.edge(check, after, "done")

        def mean(expectation: Expectation) -> None:
            again = True
            while again:
                expectation.run(header)
                meaning(expectation)
                expectation.run(check)
                again = expectation.dead is False and expectation.choice(check) == "again"
            expectation.run(after)

        return header, after, mean


class Expectation:
    """What an interpreter says of each visit of each node: it ran, or it was skipped."""

    def __init__(self, choose: Callable[[str, int], str]) -> None:
        self.choose = choose
        self.fates: dict[str, list[bool]] = {}
        self.dead = False

    def run(self, id: str) -> None:
        self.fates.setdefault(id, []).append(not self.dead)

    def choice(self, id: str) -> str | None:
        return None if self.dead else self.choose(id, len(self.fates[id]))

    def under(self, alive: bool, meaning: Callable[[Expectation], None]) -> None:
        before, self.dead = self.dead, self.dead or not alive
        meaning(self)
        self.dead = before


@settings(max_examples=choose_count(70, 200))
@given(program=PROGRAMS, seed=st.integers(0, 2**32), order=st.integers(0, 2**32))
def test_structured_graph_runs_like_its_program(program: Program, seed: int, order: int) -> None:
    drafting = Drafting()
    meaning = drafting.draw_all(program)
    graph = built({"nodes": drafting.nodes, "edges": drafting.edges}).graph

    def choose(id: str, visit: int) -> str:
        words = ("again", "done") if any(e.handle == "again" for e in graph.out[id]) else ("yes", "no")
        return words[1] if visit >= 4 else Random(f"{seed}{id}{visit}").choice(words)

    expectation = Expectation(choose)
    meaning(expectation)
    run = walk(graph, choices=lambda turn: choose(turn.node, turn.visit), chance=Random(order))

    for id, fates in expectation.fates.items():
        turns = sorted((turn for turn in run.fates if turn.node == id), key=lambda turn: turn.scope)
        assert [turn in run.ran for turn in turns] == fates
    assert run.leftover == {}

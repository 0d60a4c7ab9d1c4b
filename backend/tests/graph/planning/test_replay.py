"""Replayed visits lead to the state that the execution had."""

from __future__ import annotations

from hypothesis import given

from app.graph.model import Graph
from app.graph.planning.plan import Outcome, Visit, plan_successors
from app.graph.planning.replay import RecordedVisit, Replay, replay
from tests.graph.drawing import Run, graph
from tests.graph.graphs_by_chance import SEEDS, cyclic, examples
from tests.graph.planning.test_random_graphs import Luck


def record(run: Run) -> dict[Visit, RecordedVisit]:
    """The visits that ran, in the order in which they were settled."""
    return {
        visit: RecordedVisit(outcome is Outcome.CAUGHT, branch, order)
        for order, (visit, (outcome, branch)) in enumerate(run.fates.items())
        if outcome is not Outcome.SKIPPED
    }


def finish(state: Replay, run: Run) -> tuple[set[Visit], set[Visit]]:
    """Settle what is open as the run did, to the end: the visits that ran, and those that were skipped."""
    ran, skipped, left = set(state.kept), set(state.skipped), list(state.open)
    while left:
        visit = left.pop(0)
        outcome, branch = run.fates[visit]
        moves = plan_successors(state.graph, state.ledger, visit, outcome, branch)
        ran.add(visit)
        left += moves.started
        skipped.update(moves.skipped)
    return ran, skipped


@examples(200)
@given(drawn=cyclic(), seed=SEEDS, order=SEEDS)
def test_whole_replay_keeps_all_that_ran(drawn: Graph, seed: int, order: int) -> None:
    run = Luck(drawn, seed).walk(order)

    state = replay(drawn, record(run))

    assert set(state.kept) == set(run.ran)
    assert (state.open, state.overrun) == ([], None)
    assert {*state.kept, *state.skipped} == set(run.fates)
    assert [count for count in state.ledger.changed.values() if count is not None] == []


@examples(200)
@given(drawn=cyclic(joins=False), seed=SEEDS, order=SEEDS)
def test_fork_at_each_step_ends_like_the_original(drawn: Graph, seed: int, order: int) -> None:
    run = Luck(drawn, seed).walk(order)
    recorded = record(run)

    for stop in run.ran:
        state = replay(drawn, recorded, stop)

        assert stop in state.open
        assert stop not in state.kept
        ran, skipped = finish(state, run)
        assert (ran, ran | skipped) == (set(run.ran), set(run.fates))


def recorded_at(**times: tuple[float, float]) -> dict[Visit, RecordedVisit]:
    """Visits that were started and settled at these times."""
    return {
        Visit(node): RecordedVisit(False, None, order, started, settled)
        for order, (node, (started, settled)) in enumerate(sorted(times.items(), key=lambda item: item[1][1]))
    }


#   a ──▶ b ──▶ j        j starts at the first arrival
#   └───▶ c ──▶ ┘
ANY = graph("a>b", "a>c", "b>j", "c>j", j={"join": "any"})


def test_join_that_another_arrival_started_is_kept() -> None:
    recorded = recorded_at(a=(0, 1), c=(1, 2), j=(2, 3), b=(1, 4))

    state = replay(ANY, recorded, Visit("b"))

    assert state.kept == [Visit("a"), Visit("c"), Visit("j")]
    assert state.open == [Visit("b")]


def test_join_that_the_forked_step_started_runs_again() -> None:
    recorded = recorded_at(a=(0, 1), b=(1, 2), j=(2, 3), c=(1, 4))

    state = replay(ANY, recorded, Visit("b"))

    assert state.kept == [Visit("a"), Visit("c")]
    assert state.open == [Visit("b"), Visit("j")]

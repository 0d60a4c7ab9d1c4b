"""Loops: visits, limits, exits, and loops that are refused."""

from __future__ import annotations

from random import Random

import pytest

from app.errors import InvalidDefinition
from app.graph.building.loops import DEEPEST
from app.graph.model import Graph
from app.graph.planning.plan import Visit
from tests.graph.drawing import built, document, graph, walk


def refused(*edges: str, **more: object) -> tuple[str, str]:
    with pytest.raises(InvalidDefinition) as caught:
        built(document(*edges, **more))  # type: ignore[arg-type]
    problem = caught.value.problems[0]
    return problem.code, problem.message


#         ┌────again───┐
#         ▼            │
#   s ──▶ work ──▶ check ──▶ done
def retrying(**data: object) -> Graph:
    return graph("s>work", "work>check", "check?work", "check?done", **data)  # type: ignore[arg-type]


def test_going_back_visits_the_nodes_of_the_loop_again() -> None:
    run = walk(retrying(), choices={"check": ["work", "work", "done"]})

    assert run.started == ["s", "work#1", "check#1", "work#2", "check#2", "work#3", "check#3", "done"]
    assert run.skipped == []
    assert run.leftover == {}


def test_loop_includes_its_header_but_not_its_successor() -> None:
    nodes = retrying().nodes

    assert {id: node.loops for id, node in nodes.items()} == {
        "s": (),
        "work": ("work",),
        "check": ("work",),
        "done": (),
    }
    assert nodes["work"].is_header
    assert not nodes["check"].is_header


def test_untaken_exit_is_settled_on_loop_exit() -> None:
    drawn = graph("s>work", "work>check", "check?work", "check?done", "check?gave_up", "done>end", "gave_up>end")

    run = walk(drawn, choices={"check": ["work", "work", "gave_up"]})

    assert run.completed[-2:] == ["gave_up", "end"]
    assert run.skipped == ["done"]


def test_loop_that_is_left_by_the_edges_without_a_handle() -> None:
    drawn = graph("s>work", "work>check", "check?work", "check>done")

    assert walk(drawn, choices={"check": ["work", None]}).started[-2:] == ["check#2", "done"]


def test_loop_choice_without_target_ends_the_execution() -> None:
    run = walk(graph("s>work", "work>check", "check?work", "check?done"), choices={"check": ["work", None]})

    assert (run.status, run.skipped, run.leftover) == ("COMPLETED", ["done"], {})


#   s ──▶ a ?─┐        a chooses itself
#         ▲───┘
def test_node_may_lead_back_to_itself() -> None:
    drawn = graph("s>a", "a?a", "a?b")

    assert walk(drawn, choices={"a": ["a", "a", "b"]}).started == ["s", "a#1", "a#2", "a#3", "b"]


#   s ──▶ work ──▶ check ╌╌next: work
def test_next_of_a_case_makes_a_loop_without_an_edge() -> None:
    drawn = graph("s>work", "work>check", "check~work", "check>done")

    assert walk(drawn, choices={"check": ["→work", None]}).started[-1] == "done"


#   s ──▶ work ──▶ check ──▶ work        the edge has no handle, but a case says next: work
def test_edge_that_a_next_names_is_a_choice() -> None:
    drawn = graph("s>work", "work>check", "check~work", "check>work", "check~done")

    assert walk(drawn, choices={"check": ["→work", "→done"]}).started[-3:] == ["work#2", "check#2", "done"]


#   s ──▶ work ─!─▶ wait ──▶ work
#           └────▶ done
def test_loop_by_the_edge_for_failures() -> None:
    drawn = graph("s>work", "work!wait", "wait>work", "work>done")

    run = walk(drawn, fails=["work#1", "work#2"])

    assert run.started == ["s", "work#1", "wait#1", "work#2", "wait#2", "work#3", "done"]
    assert run.skipped == ["wait"]


# --- limits -----------------------------------------------------------------------------------------------------


def test_hundred_and_first_visit_fails_the_execution() -> None:
    run = walk(retrying(), choices={"check": "work"})

    assert (run.status, run.overrun, run.visits("work")) == ("FAILED", "work", 100)


@pytest.mark.parametrize("said_by", ["work", "check"])
@pytest.mark.parametrize("limit", [1, 3, 150])
def test_max_visits_applies_on_any_node_of_the_loop(said_by: str, limit: int) -> None:
    run = walk(retrying(**{said_by: {"max_visits": limit}}), choices={"check": "work"})

    assert (run.status, run.visits(said_by)) == ("FAILED", limit)


def test_loop_runs_up_to_max_visits() -> None:
    run = walk(retrying(work={"max_visits": 3}), choices={"check": ["work", "work", "done"]})

    assert (run.status, run.visits("work")) == ("COMPLETED", 3)


def test_smallest_max_visits_applies() -> None:
    drawn = retrying(work={"max_visits": 5}, check={"max_visits": 2})

    assert walk(drawn, choices={"check": "work"}).visits("check") == 2


def test_larger_max_visits_outside_applies_inside() -> None:
    edges = ("s>a", "a>b", "b>c", "c?b", "c?d", "d?a", "d?e")

    outer = graph(*edges, a={"max_visits": 500})
    inner = graph(*edges, c={"max_visits": 500})

    assert {id: node.max_visits for id, node in outer.nodes.items() if node.loops} == dict.fromkeys("abcd", 500)
    assert {id: node.max_visits for id, node in inner.nodes.items()} == {
        **dict.fromkeys("sade", 100),
        **dict.fromkeys("bc", 500),
    }


# --- several paths in one loop ----------------------------------------------------------------------------------


#              ┌─▶ a ─┐
#   s ──▶ h ───┤      ├─▶ check ──▶ done
#         ▲    └─▶ b ─┘     │
#         └─────────────────┘
@pytest.mark.parametrize("slow", ["a", "b"])
def test_parallel_paths_in_a_loop_join_in_each_turn(slow: str) -> None:
    drawn = graph("s>h", "h>a", "h>b", "a>check", "b>check", "check?h", "check?done")

    run = walk(drawn, choices={"check": ["h", "h", "done"]}, slow=[slow])

    assert [run.visits(node) for node in ("h", "a", "b", "check", "done")] == [3, 3, 3, 3, 1]
    assert run.leftover == {}


#              ┌─▶ a ?─again─┐
#   s ──▶ h ───┤             │        each path says for itself whether it goes back
#         ▲    └─▶ b ?─again─┤
#         └──────────────────┘
@pytest.mark.parametrize("slow", ["a", "b"])
@pytest.mark.parametrize(("a", "b"), [("h", "h"), ("h", None), (None, "h")])
def test_next_turn_begins_when_all_edges_back_are_settled(a: str | None, b: str | None, slow: str) -> None:
    drawn = graph("s>h", "h>a", "h>b", "a?h", "b?h", "a?x", "b?y")

    run = walk(drawn, choices={"a": [a, "x"], "b": [b, "y"]}, slow=[slow])

    assert run.started[:2] == ["s", "h#1"]
    assert set(run.started[2:4]) == {"a#1", "b#1"}
    assert run.started[4] == "h#2"
    assert sorted(run.completed[-2:]) == ["x", "y"]
    assert run.leftover == {}


#              ┌─▶ a ?─▶ x        a leaves in the first turn, b in the third
#   s ──▶ h ───┤   │
#         ▲    └─▶ b ?─▶ y
#         └────────┘
@pytest.mark.parametrize("slow", ["a", "b"])
def test_taken_exit_is_followed_on_loop_exit(slow: str) -> None:
    drawn = graph("s>h", "h>a", "h>b", "a?x", "a?h", "a?z", "b?h", "b?y", "x>end", "y>end")

    run = walk(drawn, choices={"a": ["x", "h", None], "b": ["h", None, "y"]}, slow=[slow])

    assert sorted(run.completed[-3:-1]) == ["x", "y"]
    assert run.completed[-1] == "end"
    assert [run.visits(node) for node in ("a", "b", "x", "y", "end", "z")] == [3, 3, 1, 1, 1, 0]
    assert run.leftover == {}


#              ┌─▶ a ─!─▶ alarm
#   s ──▶ h ───┤   └────▶ check ?─▶ done
#         ▲    └─▶ b ──────▲│
#         └─────────────────┘
def test_failure_in_an_early_visit_follows_the_error_edge() -> None:
    drawn = graph("s>h", "h>a", "h>b", "a!alarm", "a>check", "b>check", "check?h", "check?done")

    run = walk(drawn, choices={"check": ["h", "done"]}, fails=["a#1"])

    assert sorted(run.completed[-2:]) == ["alarm", "done"]


#         ┌──────────────┐
#         ▼              │
#   s ──▶ work ──▶ check ┴─▶ done        work ──▶ audit, from which no way leads back: it is outside the loop
def test_plain_edge_out_of_a_loop_is_followed_once() -> None:
    drawn = graph("s>work", "work>check", "work>audit", "check?work", "check?done")

    run = walk(drawn, choices={"check": ["work", "work", "done"]})

    assert run.completed.count("audit") == 1
    assert sorted(run.completed[-2:]) == ["audit", "done"]


#                       ┌─again─▶ (work)
#   s ──▶ work ──▶ ok? ─┤                   approved goes back and out at once, in whatever order it is drawn
#                       └───────▶ audit
@pytest.mark.parametrize("edges", [("ok:approved>work", "ok>audit"), ("ok>audit", "ok:approved>work")])
def test_node_may_go_back_and_out_at_once(edges: tuple[str, str]) -> None:
    drawn = graph("s>work", "work>ok", *edges, "ok:timeout>late", types={"ok": "human_approval"})

    run = walk(drawn, choices={"ok": ["approved", "timeout"]})

    assert run.started[:5] == ["s", "work#1", "ok#1", "work#2", "ok#2"]
    assert sorted(run.completed[-2:]) == ["audit", "late"]
    assert run.leftover == {}


#   s ──▶ h ──▶ a ?─▶ x        ways out from each node of the loop meet again
#         ▲     └──▶ b ?─▶ y        x, y ──▶ end
#         └──────────┘
@pytest.mark.parametrize(("a", "b", "ran"), [("x", None, ["x", "end"]), ("b", "y", ["y", "end"])])
def test_loop_can_be_left_from_any_node(a: str, b: str | None, ran: list[str]) -> None:
    drawn = graph("s>h", "h>a", "a?x", "a?b", "b?h", "b?y", "x>end", "y>end")

    run = walk(drawn, choices={"a": ["b", a], "b": ["h", b]})

    assert run.completed[-2:] == ran
    assert run.completed.count("end") == 1
    assert run.leftover == {}


# --- loops and joins --------------------------------------------------------------------------------------------


#              ┌─▶ quick ─┐
#   s ──▶ h ───┤          ├─▶ any ──▶ check ?─▶ done
#         ▲    └─▶ late ──┘             │
#         └─────────────────────────────┘
def test_late_arrivals_at_an_any_join_stay_in_their_own_turn() -> None:
    drawn = graph(
        "s>h", "h>quick", "h>late", "quick>j", "late>j", "j>check", "check?h", "check?done", j={"join": "any"}
    )

    run = walk(drawn, choices={"check": ["h", "h", "done"]}, slow=["late"])

    assert run.completed[-3:] == ["late", "late", "late"]
    assert [run.visits(node) for node in ("h", "late", "j", "check", "done")] == [3, 3, 3, 3, 1]
    assert run.leftover == {}


#              ┌─▶ quick ──────┐
#   s ──▶ h ───┤               ├─▶ any ──▶ check ?─▶ done
#         ▲    └─▶ late ?──────┘             │
#         │          └─▶ out                 │
#         └──────────────────────────────────┘
@pytest.mark.parametrize(("turn", "followed"), [(1, False), (2, True)])
def test_late_exit_counts_in_the_last_visit_only(turn: int, followed: bool) -> None:
    drawn = graph(
        *("s>h", "h>quick", "h>late", "quick>j", "late>j", "late?out", "j>check", "check?h", "check?done"),
        j={"join": "any"},
    )

    run = walk(
        drawn,
        choices=lambda at: {"late": "out" if at.visit == turn else None, "check": "h" if at.visit == 1 else "done"}.get(
            at.node
        ),
        slow=["late"],
    )

    assert ("out" in run.completed, run.status) == (followed, "COMPLETED")
    assert run.leftover == {}


#   a ──▶ h ◀── b        h begins at the first of a and b
#         │▲
#         ▼│
#        check ?─▶ done
def test_loop_header_that_joins_runs_once() -> None:
    drawn = graph("a>h", "b>h", "h>check", "check?h", "check?done", h={"join": "any"})

    run = walk(drawn, choices={"check": ["h", "done"]}, slow=["b"])

    assert run.started == ["a", "b", "h#1", "check#1", "h#2", "check#2", "done"]
    assert run.leftover == {}


#   a ?─▶ h ⇄ check ?─▶ done ──▶ end
#     └─▶ other ─────────────────▲
def test_loop_on_a_dead_path_is_skipped() -> None:
    drawn = graph("a?h", "a?other", "h>check", "check?h", "check?done", "done>end", "other>end")

    run = walk(drawn, choices={"a": "other"})

    assert run.completed == ["a", "other", "end"]
    assert sorted(run.skipped) == ["check", "done", "h"]
    assert run.leftover == {}


# --- loops in loops ---------------------------------------------------------------------------------------------

#               ┌──────────────────again──────────────────┐
#               ▼      ┌────more────┐                     │
#   s ──▶ outer ┴─▶ inner ──▶ work ─┴─▶ after ────────────┴─▶ done
NESTED = ("s>outer", "outer>inner", "inner>work", "work?inner", "work?after", "after?outer", "after?done")


def test_inner_loop_restarts_in_each_outer_visit() -> None:
    drawn = graph(*NESTED)

    run = walk(drawn, choices={"work": ["inner", "after", "inner", "after"], "after": ["outer", "done"]})

    assert drawn.nodes["work"].loops == ("outer", "inner")
    assert run.started == [
        *("s", "outer#1", "inner#1", "work#1", "inner#2", "work#2", "after#1"),
        *("outer#2", "inner#3", "work#3", "inner#4", "work#4", "after#2", "done"),
    ]
    assert Visit("work", (2, 4)) in run.ran
    assert run.leftover == {}


#   as above, and work may leave both loops at once, or go back to the outer one
def test_edge_may_lead_out_of_several_loops_at_once() -> None:
    drawn = graph(*NESTED, "work?outer", "work?out")

    run = walk(drawn, choices={"work": ["outer", "out"]})

    assert run.started == ["s", "outer#1", "inner#1", "work#1", "outer#2", "inner#2", "work#2", "out"]
    assert run.leftover == {}


#   outer ──▶ inner ─┬─▶ p ?─▶ outer        p leaves the inner loop to go back to the outer one,
#                    └─▶ q ?─▶ out          q leaves both: the outer loop must not forget it
@pytest.mark.parametrize("slow", ["p", "q"])
def test_exit_of_both_loops_waits_for_the_outer_loop(slow: str) -> None:
    drawn = graph("s>outer", "outer>inner", "inner>p", "inner>q", "p?inner", "p?outer", "p?end", "q?inner", "q?out")

    run = walk(drawn, choices={"p": ["outer", "end"], "q": ["out", None]}, slow=[slow])

    assert run.visits("outer") == 2
    assert sorted(run.completed[-2:]) == ["end", "out"]
    assert run.leftover == {}


#   page1 ⇄ page2 ⇄ page3 ⇄ page4 ──▶ done
def test_back_and_forward_edges_are_nested_loops() -> None:
    drawn = graph(*("s>p1", "p1?p2", "p2?p3", "p3?p4", "p4?done"), *("p2?p1", "p3?p2", "p4?p3"))
    way = iter(["p2", "p3", "p2", "p1", "p2", "p3", "p4", "p3", "p4", "done"])

    run = walk(drawn, choices=lambda turn: next(way))

    assert run.completed == ["s", "p1", "p2", "p3", "p2", "p1", "p2", "p3", "p4", "p3", "p4", "done"]
    assert run.leftover == {}


def test_paths_in_nested_loops_end_alike_in_any_order() -> None:
    drawn = graph(*NESTED, "outer>side", "side?out", "side?after", "work?out2", "out>end", "out2>end", "done>end")
    choices = {"work": ["inner", "after", "out2"], "after": ["outer", "done"], "side": ["out", "after"]}

    runs = [walk(drawn, choices=choices, chance=Random(seed)) for seed in range(30)]

    assert len({frozenset(run.fates.items()) for run in runs}) == 1
    assert all(run.leftover == {} for run in runs)


# --- refused ----------------------------------------------------------------------------------------------------


#   a ──▶ b ──▶ c ──▶ b
@pytest.mark.parametrize("edges", [("a>b", "b>c", "c>b"), ("s>t", "b>c", "c>b"), ("b>c", "c:x>b")])
def test_cycle_without_choice_is_refused_with_its_nodes(edges: tuple[str, ...]) -> None:
    code, message = refused(*edges)

    assert code == "CYCLE_DETECTED"
    assert "b → c → b" in message


def test_plain_edge_from_a_node_to_itself_is_refused() -> None:
    assert refused("a>b", "b>b") == (
        "CYCLE_DETECTED",
        "The nodes b → b form a cycle without a choice: it would never end.",
    )


#   a ──▶ b ?─x─▶ c ──▶ b        and b ──▶ c, too, whatever b chooses
def test_choice_with_an_unconditional_edge_is_not_a_choice() -> None:
    assert refused("a>b", "b?x", "b>c", "c>b")[0] == "CYCLE_DETECTED"


def test_cycle_through_an_unchosen_edge_of_a_branch_is_refused() -> None:
    assert refused("a>b", "b>c", "c>b", "c?d")[0] == "CYCLE_DETECTED"


#   s ──▶ a ⇄ b ◀── s        it is not known at which of the two the loop begins
def test_loop_with_two_entries_is_refused() -> None:
    code, message = refused("s>a", "s>b", "a?b", "b?a")

    assert code == "AMBIGUOUS_LOOP"
    assert message == "The loop through a, b is entered at a, b; a loop needs one node at which it begins."


def test_two_entries_in_one_loop_are_refused() -> None:
    assert refused("a?b", "b?a", types={"a": "start", "b": "start"})[0] in ("AMBIGUOUS_LOOP", "CYCLE_DETECTED")


#   s ──▶ outer ──▶ a ⇄ b ◀── outer        the ambiguous loop lies in another
def test_ambiguous_loop_in_a_loop_is_refused() -> None:
    code, message = refused("s>outer", "outer>a", "outer>b", "a?b", "b?a", "b?outer")

    assert code == "AMBIGUOUS_LOOP"
    assert "a, b" in message


#   s ──▶ a ──▶ b        p ⇄ q ◀── r is never reached
def test_unreachable_loop_is_not_ambiguous() -> None:
    found = built(document("s>a", "r>p", "r>q", "p?q", "q?p", types={"s": "start"}))

    assert {problem.code for problem in found.warnings} == {"UNREACHABLE_NODE"}


def test_nesting_depth_of_loops_is_limited() -> None:
    forth = [f"n{i}?n{i + 1}" for i in range(DEEPEST + 1)]
    back = [f"n{i + 1}?n{i}" for i in range(DEEPEST + 1)]

    assert graph("s>n0", *forth[:-1], *back[:-1]).nodes[f"n{DEEPEST}"].loops[-1] == f"n{DEEPEST - 1}"
    assert refused("s>n0", *forth, *back)[0] == "LOOPS_TOO_DEEP"


def test_long_cycle_is_named_by_its_first_nodes() -> None:
    names = [f"n{i:04}" for i in range(2000)]

    message = refused(*[f"{a}>{b}" for a, b in zip(names, [*names[1:], names[0]], strict=True)])[1]

    assert "n0000 → n0001" in message
    assert "and 1991 more" in message
    assert len(message) < 300

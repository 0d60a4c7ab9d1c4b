"""Which edges are taken when a node is settled."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.building.cases import handles_of
from app.graph.planning import plan
from app.graph.planning.plan import NOWHERE, Outcome
from tests.graph.drawing import built, document, graph, walk


def test_chain_runs_in_order() -> None:
    run = walk(graph("a>b", "b>c"))

    assert run.completed == ["a", "b", "c"]
    assert run.status == "COMPLETED"


#        ┌─▶ b
#   a ───┼─▶ c
#        └─▶ d ──▶ e
def test_several_edges_taken_are_several_paths() -> None:
    fork = graph("a>b", "a>c", "a>d", "d>e")

    moves = plan.plan_successors(fork, plan.Ledger(), plan.Visit("a"), Outcome.COMPLETED)

    assert [turn.node for turn in moves.started] == ["b", "c", "d"]
    assert walk(fork).completed == ["a", "b", "c", "d", "e"]


#        ┌─▶ b ─┐
#   a ───┤      ├─▶ d
#        └─▶ c ─┘
def test_untaken_path_does_not_block_the_join() -> None:
    diamond = graph("a?b", "a?c", "b>d", "c>d")

    run = walk(diamond, choices={"a": "b"})

    assert run.completed == ["a", "b", "d"]
    assert run.skipped == ["c"]


#        ┌─yes─▶ b
#   a ───┼─yes─▶ c
#        └─no──▶ d
def test_all_edges_from_the_chosen_handle_are_taken() -> None:
    drawn = graph("a:yes>b", "a:yes>c", "a:no>d", types={"a": "branch"})

    run = walk(drawn, choices={"a": "yes"})

    assert (run.completed, run.skipped) == (["a", "b", "c"], ["d"])


#        ┌─x─▶ b
#   a ───┤
#        └───▶ c
@pytest.mark.parametrize("chosen", [None, "a case that leads nowhere"])
def test_unmatched_choice_follows_edges_without_handle(chosen: str | None) -> None:
    drawn = graph("a:x>b", "a>c", types={"a": "branch"})

    assert walk(drawn, choices={"a": chosen}).completed == ["a", "c"]
    assert walk(drawn, choices={"a": "x"}).completed == ["a", "b"]


#   a ──x─▶ b
def test_no_case_true_and_no_edge_without_a_handle_ends_the_path() -> None:
    run = walk(graph("a:x>b", types={"a": "branch"}))

    assert (run.status, run.completed, run.skipped) == ("COMPLETED", ["a"], ["b"])


#        ┌───▶ b
#   a ───┤            and a case's next says c
#        └─x─▶ c
def test_next_overrides_edges_and_handles() -> None:
    drawn = graph("a>b", "a:x>c", types={"a": "branch"})

    assert plan.choose(drawn, "a", handles=("x",), next="b") == "→b"
    assert walk(drawn, choices={"a": "→c"}).completed == ["a", "c"]
    assert walk(drawn, choices={"a": "→b"}).completed == ["a", "b"]


#   a ╌╌▶ b ──▶ c        a's case says next: b; no edge is drawn
def test_next_needs_no_edge() -> None:
    drawn = graph("a~b", "b>c")

    assert walk(drawn, choices={"a": "→b"}).completed == ["a", "b", "c"]
    assert walk(drawn).skipped == ["b", "c"]


#   a ──x─▶ b ──▶ c        a's case says next: b, too
def test_next_with_an_edge_drawn_is_one_way_and_not_two() -> None:
    drawn = graph("a~b", "a:x>b", "b>c")

    assert len(drawn.edges) == 2
    assert walk(drawn, choices={"a": "→b"}).completed == ["a", "b", "c"]


#   a ──!─▶ b        a's case says next: b; the drawn edge is for failures
def test_next_does_not_need_the_edge_for_failures() -> None:
    drawn = graph("a~b", "a!b")

    assert walk(drawn, choices={"a": "→b"}).completed == ["a", "b"]
    assert walk(drawn, fails=["a"]).completed == ["b"]
    assert walk(drawn).completed == ["a"]


#   a ──▶ c        a's case says next: nobody
def test_dangling_next_is_a_warning_and_ends_its_path() -> None:
    found = built(document("a>c", types={"a": "branch"}, a={"cases": [{}, {"label": "x", "next": "nobody"}]}))

    run = walk(found.graph, choices={"a": "→nobody"})

    assert [(p.code, p.node_id, p.pointer) for p in found.warnings] == [
        ("DANGLING_NEXT", "a", "/nodes/0/data/cases/1/next")
    ]
    assert plan.choose(found.graph, "a", next="nobody") == NOWHERE
    assert (run.status, run.completed, run.skipped) == ("COMPLETED", ["a"], ["c"])


@pytest.mark.parametrize("absent", ["", None])
def test_empty_next_is_ignored(absent: str | None) -> None:
    found = built(document("a>b", types={"a": "branch"}, a={"cases": [{"label": "x", "next": absent}]}))

    assert found.warnings == []
    assert plan.choose(found.graph, "a", handles=("x",), next=absent) is None


def test_next_may_be_a_number_as_ids_may() -> None:
    nodes = [{"id": 1, "type": "branch", "data": {"cases": [{"else": True, "next": 3}]}}, {"id": 3}]
    drawn = built({"nodes": nodes, "edges": []})

    assert drawn.warnings == []
    assert walk(drawn.graph, choices={"1": "→3"}).completed == ["1", "3"]


@pytest.mark.parametrize(
    "cases", [None, 7, "x", {"next": "b"}, [None, 7, "b", ["b"]], [{"next": ["b"]}, {"next": True}]]
)
def test_invalid_cases_lead_nowhere(cases: Any) -> None:
    drawn = graph("a>c", "b", types={"a": "branch"}, a={"cases": cases})

    assert len(drawn.edges) == 1


def test_only_a_node_that_chooses_has_cases() -> None:
    assert graph("a>c", "b", a={"cases": [{"next": "b"}]}).entries == ("a", "b")


@pytest.mark.parametrize(
    ("case", "handles"),
    [
        ({"label": "hot", "id": "c1"}, ("hot", "c1")),
        ({"label": 1, "id": 2}, ("1", "2")),
        ({"label": 1.5}, ("1.5",)),
        ({"label": True}, ("true",)),
        ({"label": 0}, ("0",)),
        ({"else": True}, ("else",)),
        ({"else": True, "label": "cold"}, ("cold", "else")),
        ({"else": True, "next": "b"}, ("else",)),
        ({"label": "", "id": None}, ()),
        ({"label": ["x"], "else": False}, ()),
    ],
)
def test_handles_of_a_case_are_its_label_its_id_and_else(case: dict[str, Any], handles: tuple[str, ...]) -> None:
    assert handles_of(case) == handles


@pytest.mark.parametrize(("written", "read"), [(1, "1"), ("1", "1"), (True, "true"), (False, "false"), ("", None)])
def test_handle_is_compared_as_text(written: Any, read: str | None) -> None:
    nodes = [{"id": "a", "type": "branch"}, {"id": "b"}]

    drawn = built({"nodes": nodes, "edges": [{"source": "a", "target": "b", "sourceHandle": written}]}).graph

    assert drawn.edges[0].handle == read


#        ┌─else─▶ b
#   a ───┤
#        └─hot──▶ c
def test_first_handle_that_an_edge_leaves_from_is_followed() -> None:
    drawn = graph("a:else>b", "a:hot>c", types={"a": "branch"})

    assert plan.choose(drawn, "a", handles=("unknown", "else")) == "#else"
    assert plan.choose(drawn, "a", handles=("hot", "else")) == "#hot"
    assert plan.choose(drawn, "a", handles=("unknown",)) is None
    assert plan.choose(drawn, "a") is None


#   a ──source-right─▶ b, a ──2─▶ c        a never chooses
def test_handle_of_a_node_without_choice_is_ignored() -> None:
    assert walk(graph("a:source-right>b", "a:2>c")).completed == ["a", "b", "c"]


#                ┌─approved─▶ b
#   a (approval)─┼──────────▶ c
#                └─rejected─▶ d
def test_approved_follows_plain_edges_too() -> None:
    drawn = graph("a:approved>b", "a>c", "a:rejected>d", types={"a": "human_approval"})

    assert walk(drawn, choices={"a": "approved"}).completed == ["a", "b", "c"]
    assert walk(drawn, choices={"a": "rejected"}).completed == ["a", "d"]


#              ┌─approved─▶ b
#   a (branch)─┤                  approved is only the label of a case
#              └──────────▶ c
def test_case_named_approved_follows_its_own_edge() -> None:
    drawn = graph("a:approved>b", "a>c", types={"a": "branch"})

    assert walk(drawn, choices={"a": "approved"}).completed == ["a", "b"]


# --- failure ----------------------------------------------------------------------------------------------------


#   a ──▶ b ──▶ c
def test_uncaught_failure_fails_the_execution() -> None:
    run = walk(graph("a>b", "b>c"), fails=["b"])

    assert (run.status, run.completed, run.skipped) == ("FAILED", ["a"], [])


#        ┌────▶ b
#   a ───┤
#        └─!──▶ c
def test_edge_for_failures_is_followed_instead_of_the_others() -> None:
    drawn = graph("a>b", "a!c")

    assert plan.catches(drawn, "a")
    assert not plan.catches(drawn, "b")
    assert walk(drawn, fails=["a"]).completed == ["c"]
    assert walk(drawn).completed == ["a", "b"]


#   a ──▶ b
def test_on_error_continue_counts_as_completed() -> None:
    run = walk(graph("a>b", a={"on_error": "continue"}), fails=["a"])

    assert (run.status, run.failed, run.completed) == ("COMPLETED", ["a"], ["b"])


#        ┌────▶ b
#   a ───┤            a goes on
#        └─!──▶ c
def test_error_edge_wins_over_on_error_continue() -> None:
    assert walk(graph("a>b", "a!c", a={"on_error": "continue"}), fails=["a"]).completed == ["c"]


#              ┌─x─▶ b
#   a (branch)─┼───▶ c
#              └─!─▶ d
def test_failed_branch_that_continues_takes_no_case() -> None:
    drawn = graph("a:x>b", "a>c", types={"a": "branch"}, a={"on_error": "continue"})

    assert walk(drawn, fails=["a"]).completed == ["c"]
    assert walk(graph("a:x>b", "a>c", "a!d", types={"a": "branch"}), fails=["a"]).completed == ["d"]


#              ┌─error─▶ b
#   a (branch)─┤               error is the label of a case, too
#              └───────▶ c
def test_error_edge_serves_failures_and_a_case_named_error() -> None:
    drawn = graph("a:error>b", "a>c", types={"a": "branch"})

    assert walk(drawn, fails=["a"]).completed == ["b"]
    assert walk(drawn, choices={"a": "error"}).completed == ["a", "b"]
    assert walk(drawn).completed == ["a", "c"]


def test_leads_on_is_true_where_an_edge_is_taken() -> None:
    drawn = graph("a:x>b", types={"a": "branch"})

    assert plan.leads_on(drawn, "a", Outcome.COMPLETED, "#x")
    assert not plan.leads_on(drawn, "a", Outcome.COMPLETED, None)
    assert not plan.leads_on(drawn, "a", Outcome.SKIPPED, None)
    assert not plan.leads_on(drawn, "b", Outcome.COMPLETED, None)

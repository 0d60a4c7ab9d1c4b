"""What a tasks definition means: the graph that it becomes, walked."""

from __future__ import annotations

from app.graph.compile import essence_of, show_document
from app.graph.dialects.tasks.compile import read_definition
from app.graph.model import RetryPolicy
from app.graph.parameters import Parameter
from tests.graph.definitions import built, definition
from tests.graph.drawing import walk


#        ┌─▶ b ─▶ c ─┐
#   a ───┤           ├─▶ e
#        └─▶ d ──────┘
def test_task_starts_when_its_own_dependencies_are_done() -> None:
    graph = built(definition("a", "b: a", "c: b", "d: a", "e: c d")).graph

    run = walk(graph, slow={"d"})

    assert run.completed == ["a", "b", "c", "d", "e"]
    assert graph.entries == ("a",)


def test_order_in_which_tasks_are_written_does_not_matter() -> None:
    graph = built(definition("c: b", "b: a", "a")).graph

    assert walk(graph).completed == ["a", "b", "c"]


def test_tasks_without_dependencies_all_start() -> None:
    graph = built(definition("start", "end", "alone", end={"activity_type": "start"})).graph

    assert sorted(walk(graph).completed) == ["alone", "end", "start"]


def test_dependency_that_is_named_twice_is_one() -> None:
    graph = built(definition("a", "b: a a")).graph

    assert len(graph.into["b"]) == 1


def test_without_a_retry_block_there_is_one_try_and_in_it_three() -> None:
    nodes = built(
        definition("a", "b", "c", b={"retry": {}}, c={"retry": {"max_attempts": 5, "initial_interval": "1.5m"}})
    ).graph.nodes

    assert nodes["a"].retry.max_attempts == 1
    assert nodes["b"].retry == RetryPolicy(max_attempts=3, initial_interval=1.0, max_interval=30.0, multiplier=2.0)
    assert nodes["c"].retry.max_attempts == 5
    assert nodes["c"].retry.initial_interval == 90.0


def test_task_timeout_bounds_the_handler_only() -> None:
    config = {"timeout": "5s"}
    nodes = built(
        definition("a", "b", "c", a={"timeout": "2h"}, b={"timeout": "2h", "config": config}, c={"config": config})
    ).graph.nodes

    assert [nodes[id].timeout for id in "abc"] == [7200.0, 7200.0, 5.0]
    assert [nodes[id].data["timeout"] for id in "abc"] == ["2h", "5s", "5s"]


def test_on_lost_is_a_key_of_tasks_and_compensations() -> None:
    undo = {"activity_type": "step", "on_lost": "ask"}
    nodes = built(definition("a", "b", a={"on_lost": "fail", "compensation": undo})).graph.nodes

    assert [nodes[id].on_lost.value for id in ("a", "a.compensation", "b")] == ["fail", "ask", "again"]


#   a ─▶ b          undo: u (for a), b.compensation (for b)
def test_compensation_is_a_task_or_inline() -> None:
    undo = {"activity_type": "step", "config": {"x": 1}, "retry": {"max_attempts": 7}}
    graph = built(definition("a", "u", "b: a", a={"compensation": "u"}, b={"compensation": undo})).graph

    assert graph.entries == ("a",)
    assert walk(graph).completed == ["a", "b"]
    assert (graph.nodes["a"].compensate, graph.nodes["b"].compensate) == ("u", "b.compensation")
    assert graph.nodes["b.compensation"].data["x"] == 1
    assert graph.nodes["b.compensation"].retry.max_attempts == 7


#   a ─▶ b          undo: u (for a), whatever u says that it depends on
def test_compensation_task_does_not_run_otherwise() -> None:
    found = built(definition("a", "u: a", "b: a", a={"compensation": "u"}))

    assert walk(found.graph).completed == ["a", "b"]
    assert [(each.code, each.node_id, each.pointer) for each in found.warnings] == [
        ("UNUSED_DEPENDENCY", "u", "/tasks/1/depends_on")
    ]


#             ┌─ run ──▶ b ─┐
#   a ─▶ b? ──┤             ├─▶ c
#             └─ else ──────┘
def test_task_with_false_when_is_bypassed() -> None:
    graph = built(definition("a", "b: a", "c: b", b={"when": {">": [{"var": "n"}, 1]}})).graph

    asked = walk(graph, choices={"b?": "run"})
    passed = walk(graph, choices={"b?": "else"})

    assert asked.completed == ["a", "b?", "b", "c"]
    assert (passed.completed, passed.skipped) == (["a", "b?", "c"], ["b"])


#   a? ─▶ a ─▶ b? ─▶ b
def test_consecutive_when_conditions_are_each_evaluated() -> None:
    graph = built(definition("a", "b: a", a={"when": False}, b={"when": True})).graph

    run = walk(graph, choices={"a?": "else", "b?": "run"})

    assert run.completed == ["a?", "b?", "b"]
    assert run.skipped == ["a"]


#           ┌─ yes ─▶ b ─┐
#   choose ─┤            ├─▶ d
#           └─ no ──▶ c ─┘
def test_branch_leads_to_the_tasks_that_its_cases_name() -> None:
    cases = [{"label": "yes", "condition": True, "next": "b"}, {"else": True, "next": "c"}]
    choose = {"activity_type": "branch", "config": {"cases": cases}}
    graph = built(definition("choose", "b", "c", "d: b c", choose=choose)).graph

    run = walk(graph, choices={"choose": "→c"})

    assert run.completed == ["choose", "c", "d"]
    assert run.skipped == ["b"]


def test_graph_declares_parameters_and_report() -> None:
    written = definition("a", "b: a", b={"when": True})
    written["parameters"] = [{"name": "n", "type": "integer"}, {"name": "m", "required": False, "default": 2}]

    graph = built(written).graph

    assert graph.parameters == (Parameter("n", "integer"), Parameter("m", None, False, 2))
    assert graph.report is not None
    assert graph.report.members == {"status": "completed"}
    assert (graph.report.outputs, graph.report.nodes) == ("task_results", ("a", "b"))


def test_unknown_key_is_warned() -> None:
    warnings = built(definition("a", a={"depend_on": ["b"]})).warnings

    assert [(warning.code, warning.node_id, warning.pointer) for warning in warnings] == [
        ("UNKNOWN_KEY", "a", "/tasks/0/depend_on")
    ]


TEXT = """
name: t   # a comment
version: 1.10
tasks:
  - {id: a, activity_type: step, name: First}
  - {id: b, activity_type: step, depends_on: [a]}
"""


def test_changed_comment_keeps_version_changed_task_does_not() -> None:
    first, comment = read_definition(TEXT), read_definition(TEXT.replace("# a comment", "# another"))
    other = read_definition(TEXT.replace("[a]", "[]"))

    assert essence_of("tasks", first) == essence_of("tasks", comment) != essence_of("tasks", other)


def test_definition_is_shown_as_it_was_written_and_as_a_graph() -> None:
    shown = show_document("tasks", read_definition(TEXT))

    assert shown["definition_yaml"] == TEXT
    assert shown["definition_version"] == "1.10"
    assert [(node["id"], node["type"], node["data"]["label"]) for node in shown["graph"]["nodes"]] == [
        ("a", "step", "First"),
        ("b", "step", None),
    ]
    assert [(edge["source"], edge["target"]) for edge in shown["graph"]["edges"]] == [("a", "b")]


def test_unknown_keys_are_warned_at_every_level() -> None:
    undo = {"activity_type": "step", "zzz": 1, "config": {}}
    written = {
        **definition("t", t={"compensation": undo}),
        "schedul": {"cron": "@daily"},
        "parameters": [{"name": "p", "type": "string", "defualt": "x"}],
        "x-defaults": {"timeout": 5},
    }

    assert [(p.code, p.pointer, p.message) for p in built(written).warnings] == [
        ("UNKNOWN_KEY", "/schedul", 'The definition has the unknown key "schedul"; did you mean schedule?'),
        (
            "UNKNOWN_KEY",
            "/parameters/0/defualt",
            'The parameter p has the unknown key "defualt"; did you mean default?',
        ),
        (
            "UNKNOWN_KEY",
            "/tasks/0/compensation/zzz",
            'The compensation of task t has the unknown key "zzz"; it has no effect.',
        ),
    ]


def test_task_that_no_case_leads_to_is_warned() -> None:
    cases = [{"label": "a", "condition": {"==": [{"var": "k"}, 1]}, "next": "a"}, {"else": True, "next": "m"}]
    written = definition(
        "b", "a", "m: a", "late: b", "asked: b", b={"activity_type": "branch", "config": {"cases": cases}},
        asked={"when": {"var": "k"}},
    )  # fmt: skip

    found = built(written)

    assert [(p.code, p.node_id, p.pointer) for p in found.warnings] == [
        ("NEVER_RUNS", "late", "/tasks/3"),
        ("NEVER_RUNS", "asked?", "/tasks/4"),
    ]
    assert walk(found.graph, choices={"b": "→m"}).completed == ["b", "m"]

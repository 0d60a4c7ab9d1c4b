"""Each reason to refuse a definition, or to warn of it, is a sentence with the thing, its value and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine import handlers
from app.engine.definitions.drafts import workflow_from_yaml
from app.engine.definitions.validation import validate
from app.engine.registry import discover
from app.errors import InvalidDefinition, InvalidParameters, Problem
from app.graph.parameters import parameter_problems

LONG = "x" * 501
TASK = "tasks: [{id: a, activity_type: end}]"


def problems_of(kind: str, document: Any, max_nodes: int = 20) -> list[Problem]:
    """Errors and warnings of a document in one dialect."""
    registry = discover(handlers)
    try:
        if kind == "yaml":
            draft = workflow_from_yaml(document, registry, max_nodes=max_nodes)
            return [Problem(each["code"], each["message"], pointer=each["pointer"]) for each in draft.warnings]
        return validate(
            {"dag": document} if kind == "dag" else document, registry, kind=kind, max_nodes=max_nodes
        ).warnings
    except (InvalidDefinition, InvalidParameters) as error:
        return list(error.problems)


def nodes(*given: Any, edges: Any = ()) -> dict[str, Any]:
    return {"nodes": list(given), "edges": [{"source": source, "target": target} for source, target in edges]}


def node(type: str, **data: Any) -> dict[str, Any]:
    return {"id": "n", "type": type, "data": data}


def step(*tasks: Any, execution_type: Any = "sequential") -> dict[str, Any]:
    return {"steps": [{"execution_type": execution_type, "tasks": list(tasks)}]}


GRAPHS = [
    ({"nodes": {}}, "The graph's nodes are {}; they must be a list.", "/nodes"),
    ({"edges": 7}, "The graph's edges are 7; they must be a list.", "/edges"),
    ({"nodes": [7]}, "Item 0 of the graph's nodes is 7; it must be an object.", "/nodes/0"),
    (nodes({"type": "end"}), "Node 1 has no id; give it a text or a whole number.", "/nodes/0/id"),
    (
        nodes({"id": "a\x00"}),
        'Node 1: id is "a\\u0000"; it must be a text of 1 to 500 characters, without NUL.',
        "/nodes/0/id",
    ),
    (nodes(node("end"), node("end")), "Several nodes have the id n; each needs its own.", "/nodes/1/id"),
    (nodes(), "The graph has no node that runs.", ""),
    (
        {"data": nodes(node("end"))},
        "The graph has nodes in its key data, where they have no effect; move nodes and edges one level up.",
        "/data",
    ),
    (nodes(node("delay")), "Node n: data: set ms or until.", "/nodes/0/data"),
    (
        nodes(node("delay", ms="soon")),
        'Node n: ms: it is "soon"; it must be a number of milliseconds.',
        "/nodes/0/data/ms",
    ),
    (nodes(node("llm", prompt="")), "Node n: prompt: it is empty; write the question.", "/nodes/0/data/prompt"),
    (nodes(node("for_each")), "Node n: items: it is required.", "/nodes/0/data/items"),
    (
        nodes(node("http_call", url="http://x", body=1, form={})),
        "Node n: data: body and form are both given; give one of them.",
        "/nodes/0/data",
    ),
    (
        nodes(node("http_call", url="x/y")),
        'Node n: url: it is "x/y"; this URL has no scheme; begin it with https:// or http://.',
        "/nodes/0/data/url",
    ),
    (
        nodes(node("branch", cases=[{"label": "a", "condition": {}}])),
        "Node n: A rule needs an operator, and this object is empty.",
        "/nodes/0/data/cases/0/condition",
    ),
    (nodes(node("transform", value={"foo": 1})), "Node n: The operator 'foo' is not known.", "/nodes/0/data/value"),
    (
        nodes(node("transform", value={"method": [1]})),
        "Node n: The operator 'method' is refused: a rule cannot call methods.",
        "/nodes/0/data/value",
    ),
    (
        nodes(node("transform", value={"+": [1] * 10_001})),
        "Node n: The rule has more than 10,000 parts.",
        "/nodes/0/data/value/+/9999",
    ),
    (
        nodes(node("branch", cases=[{"label": "a", "condition": {"==": [{"var": "n"}, 2**53 + 1]}}])),
        "Node n: cases.0.condition has the number 9007199254740993, which equals its neighbours: compare such ids as"
        " text.",
        "/nodes/0/data/cases/0/condition/==/1",
    ),
    (
        nodes(node("branch", cases=[{"label": "a", "condition": {"==": [{"var": "n"}, "{{ a }}"]}}])),
        'Node n: cases.0.condition has the text "{{ a }}": templates are not filled in rules; use {"var": …}.',
        "/nodes/0/data/cases/0/condition/==/1",
    ),
    (
        nodes(node("http_call", url="{{ a b }}")),
        "Node n: {{ a b }} is not a path: write names, dots and [ ] only, as in {{ payload.items[0].name }}.",
        "/nodes/0/data/url",
    ),
    (nodes(*({"id": n} for n in range(21))), "The graph has 21 nodes; 20 are allowed.", "/nodes"),
]
DAGS = [
    (7, "The dag is 7; it must be an object with nodes.", "/dag"),
    ({"nodes": []}, "The dag has no nodes; give it one.", "/dag/nodes"),
    ({"nodes": 7}, "The nodes of the dag are 7; they must be a list.", "/dag/nodes"),
    ({"nodes": [7]}, "Node 1 is 7; it must be an object.", "/dag/nodes/0"),
    ({"nodes": [{}]}, "Node 1: id is null; it must be a text of 1 to 500 characters.", "/dag/nodes/0/id"),
    ({"nodes": [{"id": "a"}]}, "Node a: `handler`, the node type, is missing.", "/dag/nodes/0/handler"),
    (
        {"nodes": [{"id": "a", "handler": "input"}] * 2},
        "Several nodes have the id a; each needs its own.",
        "/dag/nodes/1/id",
    ),
    (
        {"nodes": [{"id": "a", "handler": "input", "dependencies": ["a"]}]},
        "Node a: it depends on itself.",
        "/dag/nodes/0/dependencies/0",
    ),
    (
        {"nodes": [{"id": str(n), "handler": "input"} for n in range(21)]},
        "The dag has 21 nodes; 20 are allowed.",
        "/dag/nodes",
    ),
]
STEPS = [
    ({"steps": []}, "The workflow has no steps; give it one.", "/steps"),
    ({"steps": 7}, "steps is 7; it must be a list.", "/steps"),
    ({"steps": [7]}, "Step 0 is 7; it must be an object with an execution_type and tasks.", "/steps/0"),
    (step(), "Step 0 has no tasks; give it one.", "/steps/0/tasks"),
    (step(7), "Step 0: task 1 is 7; it must be an object with a name and params.", "/steps/0/tasks/0"),
    (step({}), "Step 0: task 1: name is null; it must be a text of 1 to 500 characters.", "/steps/0/tasks/0/name"),
    (
        step({"name": "task_a"}, execution_type="all"),
        'Step 0: execution_type is "all"; it must be "sequential" or "parallel".',
        "/steps/0/execution_type",
    ),
    (
        step({"name": "task_a", "params": {"join": "any"}}),
        "Step 0, task task_a: join is not allowed in a step: the step decides what follows a task.",
        "/steps/0/tasks/0/params/join",
    ),
    (
        step({"name": "branch", "params": {"cases": [{"label": "a", "else": True, "next": "x"}]}}),
        "Step 0, task branch: a case has a next; in a step, the next task is the one below.",
        "/steps/0/tasks/0/params/cases",
    ),
    (
        step({"name": "branch", "params": {"cases": [{"label": "error", "else": True}]}}),
        "Step 0, task branch: a case has the label error, which is the handle of failures.",
        "/steps/0/tasks/0/params/cases",
    ),
]
YAML = [
    ("7", "The definition is 7; it must be an object with a name and tasks.", ""),
    ("name: a\ntasks: 7", "The tasks are 7; they must be a list.", "/tasks"),
    ("name: a\ntasks: []", "The definition has no tasks; give it one.", "/tasks"),
    ("name: a\ntasks: [7]", "Task 1 is 7; it must be an object.", "/tasks/0"),
    (f"name: 7\n{TASK}", "The name must be text, not 7.", "/name"),
    (
        "name: a\ntasks: [{activity_type: end}]",
        "Task 1: id is null; it must be a text of 1 to 500 characters.",
        "/tasks/0/id",
    ),
    ("name: a\ntasks: [{id: a}]", "Task a: `activity_type`, the node type, is missing.", "/tasks/0/activity_type"),
    (
        "name: a\ntasks: [{id: a, activity_type: end}, {id: a, activity_type: end}]",
        "Several tasks have the id a; each needs its own.",
        "/tasks/1/id",
    ),
    (
        "name: a\ntasks: [{id: a, activity_type: end, compensation: z}]",
        'Task a: its compensation is "z"; it must be the id of another task, or an object with an activity_type.',
        "/tasks/0/compensation",
    ),
    (
        "name: a\ntasks: [{id: a, activity_type: end, compensation: c}, {id: c, activity_type: end, depends_on: [a]}]",
        "Task c only compensates another task: its depends_on has no effect.",
        "/tasks/1/depends_on",
    ),
    ("a: !!bool 7", 'The definition is not valid YAML. Line 1: "7" is not true or false.', ""),
    ("a: &x [*x]", "The definition is not valid YAML. Line 1: recursive alias.", ""),
    (
        f"name: a\nschedule: {{cron: '0 0 30 2 *'}}\n{TASK}",
        'schedule.cron: "0 0 30 2 *" is not a cron expression (Bad day-of-month); write minute, hour, day, month and'
        " day of the week, with or without seconds before them.",
        "/schedule/cron",
    ),
    (
        f"name: a\nschedule: {{cron: '{'1,' * 100}1 * * * *'}}\n{TASK}",
        "schedule.cron: it has 209 characters; an expression has at most 200.",
        "/schedule/cron",
    ),
    (
        f"name: a\nschedule: {{cron: '* * * * *', timezone: Mars}}\n{TASK}",
        'schedule.timezone: "Mars" is not the name of a time zone; write for example Europe/Berlin.',
        "/schedule/timezone",
    ),
    (f"name: a\nconcurrency: 1\n{TASK}", "concurrency: it is 1; it must be an object.", "/concurrency"),
    (
        f"name: a\nconcurrency: {{limit: 1, key: '{{{{ secret.X }}}}'}}\n{TASK}",
        'concurrency.key: "{{ secret.X }}" refers to something else; a key can only refer to the payload.',
        "/concurrency/key",
    ),
    (
        f"name: a\ndebounce: {{period: 1s}}\nbatch: {{size: 2, period: 1s}}\n{TASK}",
        "Debounce and batch exclude each other; remove one of them.",
        None,
    ),
]
PARAMETERS = [
    (7, "The parameters are 7; they must be a list.", "/p"),
    ([7], "A parameter is 7; it must be an object with a name.", "/p/0"),
    ([{"name": ""}], 'The name of a parameter is ""; it must be a text of 1 to 500 characters.', "/p/0"),
    ([{"name": "a"}, {"name": "a"}], "Several parameters have the name a; each needs its own.", "/p/1/name"),
    ([{"name": "a", "required": 1}], "required of the parameter a is 1; it must be true or false.", "/p/0"),
    (
        [{"name": "a", "type": "integer", "default": "x"}],
        'The default of the parameter a is "x", which is not of the type integer.',
        "/p/0",
    ),
]


@pytest.mark.parametrize(
    ("kind", "document", "message", "pointer"),
    [
        *(("graph", *row) for row in GRAPHS),
        *(("dag", *row) for row in DAGS),
        *(("steps", *row) for row in STEPS),
        *(("yaml", *row) for row in YAML),
    ],
)
def test_problem_is_said_in_a_sentence(kind: str, document: Any, message: str, pointer: str | None) -> None:
    found = problems_of(kind, document)

    assert message in [each.message for each in found]
    assert pointer is None or pointer in [each.pointer for each in found if each.message == message]


@pytest.mark.parametrize(("written", "message", "pointer"), PARAMETERS)
def test_problem_of_a_parameter_is_said_in_a_sentence(written: Any, message: str, pointer: str) -> None:
    assert [(each.message, each.pointer) for each in parameter_problems(written, "/p")] == [(message, pointer)]

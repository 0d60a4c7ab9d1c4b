"""A definition that is wrong is refused with the task, the place and the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import InvalidDefinition
from tests.graph.definitions import Task, built, definition, refusals


@pytest.mark.parametrize(
    ("lines", "tasks", "expected"),
    [
        (["a", "a"], {}, [("DUPLICATE_TASK_ID", "a", "/tasks/0/id"), ("DUPLICATE_TASK_ID", "a", "/tasks/1/id")]),
        (["a: z"], {}, [("UNKNOWN_DEPENDENCY", "a", "/tasks/0/depends_on/0")]),
        (["a", "b: a b"], {}, [("SELF_DEPENDENCY", "b", "/tasks/1/depends_on/1")]),
        (["a: c", "b: a", "c: b"], {}, [("CYCLE_DETECTED", "a", "/tasks")]),
        (["a"], {"a": {"timeout": "5 parsecs"}}, [("INVALID_DURATION", "a", "/tasks/0/timeout")]),
        (["a"], {"a": {"timeout": -1}}, [("INVALID_DURATION", "a", "/tasks/0/timeout")]),
        (["a"], {"a": {"timeout": 0}}, [("INVALID_TASK", "a", "/tasks/0")]),
        (
            ["a"],
            {"a": {"retry": {"initial_interval": "x", "max_interval": True}}},
            [
                ("INVALID_DURATION", "a", "/tasks/0/retry/initial_interval"),
                ("INVALID_DURATION", "a", "/tasks/0/retry/max_interval"),
            ],
        ),
        (["a"], {"a": {"retry": {"max_attempts": 0}}}, [("INVALID_TASK", "a", "/tasks/0")]),
        (["a"], {"a": {"retry": {"max_atempts": 3}}}, [("INVALID_TASK", "a", "/tasks/0")]),
        (["a"], {"a": {"retry": 3}}, [("INVALID_TASK", "a", "/tasks/0")]),
        (["a"], {"a": {"compensation": "z"}}, [("UNKNOWN_COMPENSATION", "a", "/tasks/0/compensation")]),
        (["a"], {"a": {"compensation": "a"}}, [("UNKNOWN_COMPENSATION", "a", "/tasks/0/compensation")]),
        (["a"], {"a": {"compensation": {}}}, [("INVALID_TASK", "a", "/tasks/0/compensation/activity_type")]),
        (["a"], {"a": {"when": {"nope": 1}}}, [("UNKNOWN_OPERATOR", "a", "/tasks/0/when")]),
        (["a"], {"a": {"type": "timer"}}, [("INVALID_TASK", "a", "/tasks/0/type")]),
        (["a"], {"a": {"activity_type": None}}, [("INVALID_TASK", "a", "/tasks/0/activity_type")]),
        (["a"], {"a": {"config": []}}, [("INVALID_TASK", "a", "/tasks/0/config")]),
        (["a"], {"a": {"depends_on": "b"}}, [("INVALID_TASK", "a", "/tasks/0/depends_on")]),
        (["a", "b"], {"a": {"id": ""}}, [("TASK_WITHOUT_ID", None, "/tasks/0/id")]),
        (["a", "a?"], {"a": {"when": True}}, [("DUPLICATE_TASK_ID", "a?", "/tasks/1/id")]),
    ],
)
def test_problems_are_named(lines: list[str], tasks: dict[str, Task], expected: list[Any]) -> None:
    assert refusals(definition(*lines, **tasks)) == expected


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfff"])
@pytest.mark.parametrize("key", ["name", "description"])
def test_text_that_cannot_be_stored_is_refused(key: str, text: str) -> None:
    written = json.dumps({**definition("a"), key: text})

    assert refusals(written) == [("INVALID_DEFINITION", None, f"/{key}")]


def test_every_message_names_its_task() -> None:
    with pytest.raises(InvalidDefinition) as refused:
        built(definition("first: z first", "second: second", second={"timeout": "soon"}))

    assert all(problem.node_id and problem.node_id in problem.message for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (None, "INVALID_DEFINITION"),
        ([], "INVALID_DEFINITION"),
        ({"name": "x"}, "NO_TASKS"),
        ({"tasks": []}, "NO_TASKS"),
        ({"tasks": {}}, "INVALID_DEFINITION"),
        ({"tasks": [1]}, "INVALID_TASK"),
        ({"tasks": [{"id": str(n), "activity_type": "step"} for n in range(10_001)]}, "TOO_MANY_TASKS"),
    ],
)
def test_definition_of_another_shape_is_refused(written: Any, code: str) -> None:
    assert [found for found, _, _ in refusals(written)] == [code]


@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ([{"name": "n"}, {"name": "n"}], "DUPLICATE_PARAMETER", "/parameters/1/name"),
        ([{"name": "n", "type": "number"}], "INVALID_PARAMETER", "/parameters/0"),
        ([{"name": "n", "type": []}], "INVALID_PARAMETER", "/parameters/0"),
        ([{"name": "n", "type": "integer", "default": "1"}], "INVALID_PARAMETER", "/parameters/0"),
        ([{"name": "n", "required": "yes"}], "INVALID_PARAMETER", "/parameters/0"),
        ([{"type": "string"}], "INVALID_PARAMETER", "/parameters/0"),
        (["n"], "INVALID_PARAMETER", "/parameters/0"),
        ({"n": {}}, "INVALID_PARAMETER", "/parameters"),
    ],
)
def test_parameters_that_are_wrong_are_refused(parameters: Any, code: str, pointer: str) -> None:
    assert refusals({**definition("a"), "parameters": parameters}) == [(code, None, pointer)]


def test_sequence_of_10000_tasks_compiles() -> None:
    graph = built(definition("t0", *[f"t{n}: t{n - 1}" for n in range(1, 10_000)])).graph

    assert len(graph.edges) == 9_999

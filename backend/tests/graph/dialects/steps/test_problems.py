"""Steps that are wrong are refused with the step, the task, the place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import InvalidDefinition
from tests.graph.stepwise import built, refusals, steps


@pytest.mark.parametrize(
    ("written", "code", "pointer"),
    [
        (None, "NO_STEPS", "/steps"),
        ([], "NO_STEPS", "/steps"),
        ({}, "INVALID_STEPS", "/steps"),
        ("ab", "INVALID_STEPS", "/steps"),
        ([7], "INVALID_STEP", "/steps/0"),
        ([{"execution_type": "sequential"}], "STEP_WITHOUT_TASKS", "/steps/0/tasks"),
        ([{"execution_type": "sequential", "tasks": []}], "STEP_WITHOUT_TASKS", "/steps/0/tasks"),
        ([{"execution_type": "sequential", "tasks": {}}], "INVALID_STEP", "/steps/0/tasks"),
        ([{"execution_type": "both", "tasks": [{"name": "a"}]}], "INVALID_EXECUTION_TYPE", "/steps/0/execution_type"),
        ([{"execution_type": ["x"], "tasks": [{"name": "a"}]}], "INVALID_EXECUTION_TYPE", "/steps/0/execution_type"),
        ([{"tasks": [{"name": "a"}]}], "INVALID_EXECUTION_TYPE", "/steps/0/execution_type"),
        ([{"execution_type": "parallel", "tasks": ["a"]}], "INVALID_TASK", "/steps/0/tasks/0"),
        ([{"execution_type": "parallel", "tasks": [{}]}], "TASK_WITHOUT_NAME", "/steps/0/tasks/0/name"),
        ([{"execution_type": "parallel", "tasks": [{"name": 7}]}], "TASK_WITHOUT_NAME", "/steps/0/tasks/0/name"),
        ([{"execution_type": "parallel", "tasks": [{"name": "\x00"}]}], "TASK_WITHOUT_NAME", "/steps/0/tasks/0/name"),
        (
            [{"execution_type": "parallel", "tasks": [{"name": "a", "params": []}]}],
            "INVALID_PARAMS",
            "/steps/0/tasks/0/params",
        ),
        (steps(" ".join(["a"] * 10_001)), "TOO_MANY_TASKS", "/steps"),
    ],
)
def test_steps_of_another_shape_are_refused(written: Any, code: str, pointer: str) -> None:
    assert refusals(written) == [(code, pointer)]


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"timeout": "soon"}, ""),
        ({"timeout": -1}, ""),
        ({"on_lost": "retry"}, ""),
        ({"timeout": 0}, ""),
        ({"retry": 3}, ""),
        ({"retry_count": -1}, "/retry_count"),
        ({"retry_count": 1.5}, "/retry_count"),
        ({"retry_count": True}, "/retry_count"),
        ({"retry_count": "3"}, "/retry_count"),
        ({"retry_count": 10**9}, "/retry_count"),
        ({"retry_count": 1, "retry": {}}, "/retry"),
        ({"priority": "urgent"}, "/priority"),
        ({"priority": 101}, "/priority"),
        ({"priority": 0.5}, "/priority"),
        ({"priority": False}, "/priority"),
        ({"priority": ["high"]}, "/priority"),
        ({"on_error": "continue"}, "/on_error"),
        ({"join": "any"}, "/join"),
        ({"max_visits": 3}, "/max_visits"),
        ({"compensate": "b"}, "/compensate"),
        ({"cases": [{"else": True, "next": "b"}]}, "/cases"),
        ({"cases": [7, {"label": "error", "condition": True}]}, "/cases"),
        ({"cases": [{"id": "error", "condition": True}]}, "/cases"),
    ],
)
def test_params_that_are_wrong_are_refused(params: dict[str, Any], key: str) -> None:
    assert refusals(steps("b", "a", a=params)) == [("INVALID_PARAMS", f"/steps/1/tasks/0/params{key}")]


def test_every_message_names_its_step_and_its_task() -> None:
    with pytest.raises(InvalidDefinition) as refused:
        built(steps("b a", "a", a={"timeout": "soon"}) + steps("c"))

    assert [problem.message[:15] for problem in refused.value.problems] == ["Step 0, task a:", "Step 1, task a:"]


def test_all_problems_are_listed_at_once() -> None:
    written = [*steps("a b", a={"priority": "x"}, b={"retry_count": -1}), {"execution_type": "?", "tasks": []}]

    assert len(refusals(written)) == 4

"""Cases that are never reached, and branches of which no case may be taken."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Problem
from app.graph.building.case_lint import warn_case_reach
from app.graph.model import Node, Traits
from app.logic.reasoning.solving import Effort

SCORE, SOURCE = {"var": "score"}, {"var": "source"}


def warnings(*conditions: Any, continues: bool = True) -> list[Problem]:
    cases = [{"else": True} if condition == "else" else {"condition": condition} for condition in conditions]
    node = Node("route", "branch", {"cases": cases}, Traits(chooses=True))
    return warn_case_reach(node, "/nodes/1/data", Effort(), continues=continues)


@pytest.mark.parametrize(
    ("conditions", "pointer", "message"),
    [
        ([{">": [SCORE, 50]}, {">": [SCORE, 80]}], "/1", "case 1, above it, takes all that it accepts"),
        ([{"in": [SOURCE, ["a", "b"]]}, {"===": [SOURCE, "b"]}], "/1", "case 1, above it, takes"),
        ([{"==": [SOURCE, "x"]}, {"!=": [SOURCE, "x"]}, "else"], "/2", "the cases above it take everything"),
        ([{">": [SCORE, 5]}, {"<": [SCORE, 9]}, {"==": [SCORE, 7]}], "/2", "case 1, above it, takes"),
    ],
)
def test_case_that_those_above_take_is_warned(conditions: list[Any], pointer: str, message: str) -> None:
    (problem,) = warnings(*conditions)

    assert (problem.code, problem.node_id) == ("CASE_NEVER_REACHED", "route")
    assert problem.pointer == f"/nodes/1/data/cases{pointer}"
    assert message in problem.message


def test_branch_without_else_is_warned_with_uncovered_values() -> None:
    (problem,) = warnings({">": [SCORE, 80]}, {"<": [SCORE, 50]}, continues=False)

    assert (problem.code, problem.pointer) == ("CASES_NOT_EXHAUSTIVE", "/nodes/1/data/cases")
    assert "No case of node route is taken where `score` is 50, and the path ends there" in problem.message


@pytest.mark.parametrize(
    ("conditions", "continues"),
    [
        ([{">": [SCORE, 80]}, {">": [SCORE, 50]}, "else"], False),
        ([{">": [SCORE, 80]}], True),
        ([{"==": [SOURCE, "x"]}, {"!=": [SOURCE, "x"]}], False),
        ([{"some": [SOURCE, True]}], False),
        ([True], False),
        ([], False),
    ],
)
def test_branch_that_takes_everything_is_not_warned(conditions: list[Any], continues: bool) -> None:
    assert warnings(*conditions, continues=continues) == []

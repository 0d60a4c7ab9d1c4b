"""What a workflow is given is what it wants, or is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import InvalidParameters
from app.graph.parameters import Parameter, bind, with_defaults


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("string", ["", "x"], [1, True, [], {}]),
        ("integer", [0, -1, 2.0, 10**30], [1.5, "1", True]),
        ("float", [0, 1.5, -2], ["1.5", False]),
        ("boolean", [True, False], [0, 1, "true"]),
        ("object", [{}, {"a": 1}], [[], "{}"]),
        ("array", [[], [1]], [{}, "[]"]),
        (None, [1, "x", [], {}, True], []),
    ],
)
def test_each_type_takes_its_own_values(type: str | None, good: list[Any], bad: list[Any]) -> None:
    parameter = Parameter("n", type)

    assert all(bind([parameter], {"n": value}) == {"n": value} for value in good)
    for value in bad:
        with pytest.raises(InvalidParameters, match=r"The parameter n is .*; it must be of the type"):
            bind([parameter], {"n": value})


@pytest.mark.parametrize("given", [{}, {"n": None}])
def test_required_parameter_that_is_missing_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters) as refused:
        bind([Parameter("n", "string"), Parameter("m", required=False)], given)

    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("MISSING_PARAMETER", "/parameters/n")
    ]


def test_defaults_are_added_and_other_keys_kept() -> None:
    wanted = [Parameter("a", default=1), Parameter("b", required=False), Parameter("c", default=3)]

    assert bind(wanted, {"c": 4, "z": 5}) == {"a": 1, "b": None, "c": 4, "z": 5}
    assert with_defaults(wanted, bind(wanted, {"c": 4})) == {"a": 1, "b": None, "c": 4}

"""Hypothesis strategies for events, and for rules about them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

CONSTANTS = [
    *[None, True, False, 0, 1, -1, 5, 1.5, 2**60, 2**60 + 1, 10**400],
    *["", "0", "1", "1.0", " 5 ", "a", "b", "10", "9", "2024-01-01", "1,2", "[object Object]"],
]
PATHS = ["a", "b", "a.b", "b.0", "a.length", "a.a.b", "$event.type", "$event.id", "", 1]

constants = st.sampled_from(CONSTANTS)
values = st.recursive(
    constants,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
events = st.dictionaries(st.sampled_from(["a", "b", "$event"]), values, max_size=3)
extras = st.none() | st.fixed_dictionaries({"$event": st.fixed_dictionaries({"type": constants, "id": constants})})
variables = st.builds(
    lambda path, default: {"var": path if default is Ellipsis else [path, default]},
    st.sampled_from(PATHS),
    st.just(Ellipsis) | constants,
)


def operation(names: list[str], *arguments: Any) -> Any:
    return st.builds(lambda name, given: {name: list(given)}, st.sampled_from(names), st.tuples(*arguments))


conditions = st.one_of(
    operation(["==", "===", "<", "<=", ">", ">=", "!="], variables, constants),
    operation(["==", "===", "<", "<=", ">", ">="], constants, variables),
    operation(["<", "<="], constants, variables, constants),
    operation(["in"], variables, st.lists(constants, max_size=4)),
    operation(["in"], constants, variables),
    operation(["in"], variables, constants),
    operation(["!!"], variables),
    operation(["!"], operation(["missing"], st.sampled_from(["a", "b", "a.b"]), st.sampled_from(["b", ["a"]]))),
    operation(["some", "all", "none"], variables, variables),
    variables,
    constants,
)
rules = st.recursive(
    conditions,
    lambda inner: st.builds(
        lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "if", "!", "and"]), st.lists(inner, max_size=4)
    ),
    max_leaves=6,
)

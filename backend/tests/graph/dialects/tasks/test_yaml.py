"""YAML that anybody may post: read as the JSON that it means, or refused with its line."""

from __future__ import annotations

import time

import pytest

from app.errors import InvalidDefinition
from app.graph.dialects.tasks.yaml import read_yaml


def test_keys_are_text_and_dates_stay_as_they_are() -> None:
    value = read_yaml("{on: 1, 2: two, no: no, at: 2024-01-31, time: 2024-01-31T09:00:00Z, ~: 1.50}")

    assert value == {"on": 1, "2": "two", "no": False, "at": "2024-01-31", "time": "2024-01-31T09:00:00Z", "~": 1.5}


def test_ambiguous_text_stays_text() -> None:
    assert read_yaml("{version: 1.10, other: 1.10}", verbatim=("version",)) == {"version": "1.10", "other": 1.1}
    assert read_yaml("version:", verbatim=("version",)) == {"version": None}


def test_aliases_and_merges_are_written_out() -> None:
    value = read_yaml("base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\nsame: *base")

    assert value == {"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}, "same": {"a": 1, "b": 2}}


LAUGHS = "a0: &a0 [x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 5000))


@pytest.mark.parametrize(
    ("text", "said"),  # Where the YAML library or Python refuses, the wording is theirs: only the line is ours.
    [
        ("a: 1\nb: 2\na: 3", "Line 3: the key 'a' stands twice"),
        ("tasks: [{id: a, id: b}]", "Line 1: the key 'id' stands twice"),
        (LAUGHS, "too large"),
        (MERGES, "too large"),
        (CHAIN, "too large"),
        ("a: &a [*a]", "an alias names what it stands in"),
        ("[" * 200_000, "Line 1"),
        ("- " * 50_000, "Line 1"),
        ("{a: " * 50_000, "Line 1"),
        ("!!python/object/apply:os.system ['true']", "none of JSON's types"),
        ("a: !!binary aGVsbG8=", "!!binary is none of JSON's types"),
        ("a: !!set {b}", "!!set is none of JSON's types"),
        ("a: !mine b", "!mine is none of JSON's types"),
        ("[a]: b\n? [c]\n: d", "a key must be text"),
        ("a: .inf", "no number of JSON"),
        ("a: .nan", "no number of JSON"),
        ("a: " + "9" * 10_000, ""),
        ("a: b: c", "Line 1"),
        ("a: *nobody", "Line 1"),
        ("a: 1\n---\nb: 2", "Line 2"),
        ("a: \x00", ""),
        ("a: \ud800", ""),
        ("a: 'open", "Line 1"),
    ],
)
def test_hostile_yaml_is_refused_at_once(text: str, said: str) -> None:
    began = time.monotonic()

    with pytest.raises(InvalidDefinition) as refused:
        read_yaml(text)

    assert [problem.code for problem in refused.value.problems] == ["INVALID_YAML"]
    assert said in str(refused.value)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("text", ["", "# nothing", "~", "---"])
def test_nothing_is_null(text: str) -> None:
    assert read_yaml(text) is None

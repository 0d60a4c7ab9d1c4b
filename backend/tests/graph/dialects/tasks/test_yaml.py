"""YAML that anybody may post: read as the JSON that it means, or refused with its line."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidDefinition
from app.graph.dialects.tasks.yaml import read_yaml


def test_keys_are_text_and_dates_stay_as_they_are() -> None:
    value = read_yaml("{on: 1, 2: two, no: no, at: 2024-01-31, time: 2024-01-31T09:00:00Z, ~: 1.50}")

    assert value == {"on": 1, "2": "two", "no": "no", "at": "2024-01-31", "time": "2024-01-31T09:00:00Z", "~": 1.5}


def test_ambiguous_text_stays_text() -> None:
    assert read_yaml("{version: 1.10, other: 1.10}", verbatim=("version",)) == {"version": "1.10", "other": 1.1}
    assert read_yaml("version:", verbatim=("version",)) == {"version": None}


def test_aliases_and_merges_are_expanded() -> None:
    value = read_yaml("base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\nsame: *base")

    assert value == {"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}, "same": {"a": 1, "b": 2}}


LAUGHS = "a0: &a0 [x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 5000))


@pytest.mark.parametrize(
    ("text", "expected"),  # Where the YAML library or Python refuses, the wording is theirs: only the line is ours.
    [
        ("a: 1\nb: 2\na: 3", 'Line 3: duplicate key "a"'),
        ("tasks: [{id: a, id: b}]", 'Line 1: duplicate key "id"'),
        (LAUGHS, "too large"),
        (MERGES, "too large"),
        (CHAIN, "deeper than 100 levels"),
        ("a: &a [*a]", "recursive alias"),
        ("[" * 200_000, "Line 1: it is nested deeper than 100 levels."),
        ("[" * 300, "Line 1: it is nested deeper than 100 levels."),
        ("- " * 50_000, "Line 1: it is nested deeper than 100 levels."),
        ("{a: " * 50_000, "Line 1: it is nested deeper than 100 levels."),
        ('{"a":' * 50_000, "Line 1: it is nested deeper than 100 levels."),
        ("!!python/object/apply:os.system ['true']", "has no JSON equivalent"),
        ("a: !!binary aGVsbG8=", '"!!binary" has no JSON equivalent'),
        ("a: !!set {b}", '"!!set" has no JSON equivalent'),
        ("a: !mine b", '"!mine" has no JSON equivalent'),
        ("[a]: b\n? [c]\n: d", "a key must be text"),
        ("a: .inf", "is not a JSON number"),
        ("a: .nan", "is not a JSON number"),
        ("a: " + "9" * 10_000, "is not a JSON number"),
        ("a: b: c", "Line 1"),
        ("a: *nobody", "Line 1"),
        ("a: 1\n---\nb: 2", "Line 2"),
        ("b: 1\na: \x00", "Line 2: it has a character that YAML does not allow"),
        ("b: 1\na: \ud800", "Line 2: it has a character that YAML does not allow"),
        ("a: 'open", "Line 1"),
    ],
)
def test_hostile_yaml_is_refused_at_once(text: str, expected: str) -> None:
    began = time.process_time()

    with pytest.raises(InvalidDefinition) as refused:
        read_yaml(text)

    assert [problem.code for problem in refused.value.problems] == ["INVALID_YAML"]
    assert expected in str(refused.value)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", ["", "# nothing", "~", "---"])
def test_missing_value_is_null(text: str) -> None:
    assert read_yaml(text) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, word) for word in ("NO", "no", "yes", "Yes", "on", "On", "OFF", "y", "N", "tRUE", "nULL", "=", "<")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~")),
        *((text, text) for text in ("22:22", "1:30:00", "12:30:45.5", "1_000", "0b11", "0o18", "0xZ", "1e", "e3", ".")),
        *((text, text) for text in ("01234", "0755", "-01", "00", "01.5", "08", "2024-01-31", "1.2.3", "+", "1,5")),
        *(("0", 0), ("-0", 0), ("+1", 1), ("-12", -12), ("0o17", 15), ("0x1F", 31), ("9" * 30, int("9" * 30))),
        *(("1e3", 1000.0), ("1E-2", 0.01), ("1e+3", 1000.0), ("1.0e3", 1000.0), ("0.5", 0.5), ("0e0", 0.0)),
        *((".5", 0.5), ("-.5", -0.5), ("1.", 1.0), ("+1.5", 1.5)),
        *(("!!str 1e3", "1e3"), ('!!int "3"', 3), ('!!float "3"', 3.0), ('!!bool "true"', True)),
        *(('"NO"', "NO"), ("'1'", "1"), ('"\\/"', "/")),
    ],
)
def test_scalars_are_read_by_the_core_schema(written: str, meant: Any) -> None:
    (value,) = read_yaml(f"a: {written}").values()

    assert repr(value) == repr(meant)
    assert read_yaml(f"{written}: 1") == {written.strip("'\"").replace("\\", ""): 1} or written.startswith("!")


def test_no_and_minutes_in_yaml_stay_text() -> None:
    read = read_yaml("tasks:\n  - {id: no, when: {'==': [{var: country}, NO]}, config: {timeout: 1:30}}")

    assert read["tasks"] == [
        {"id": "no", "when": {"==": [{"var": "country"}, "NO"]}, "config": {"timeout": "1:30"}},
    ]


@pytest.mark.parametrize(
    "written", ["1e400", "-1e999", ".inf", "-.Inf", ".nan", '!!int "x"', '!!float "x"', "!!bool no"]
)
def test_scalar_that_is_not_json_is_refused_with_its_line(written: str) -> None:
    with pytest.raises(InvalidDefinition, match=r"Line 2: .* is not (a JSON number|true or false)"):
        read_yaml(f"b: 1\na: {written}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("b: 1\nurl: {{ payload.url }}", 2),
        ("b: 1\nurl: {{ payload.url }}/orders\nc: 2", 2),
        ("b: 1\nlist:\n  - {{ payload.url }}", 3),
        ("a: {url: {{ payload.url }}}", 1),
        ("a: {url: x{{ payload.url }}}", 1),
        ("a: {{ payload.url }}: x", 1),
        ("a: 'it {{ is }}'\nb: {{ payload.items[0].name }}", 2),
    ],
)
def test_template_without_quotes_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InvalidDefinition, match=f'Line {line}: a template needs quotes in YAML: write "{{{{ payload'):
        read_yaml(text)


def test_text_with_template_needs_no_quotes() -> None:
    assert read_yaml("a: Hello {{ payload.name }}!") == {"a": "Hello {{ payload.name }}!"}


@pytest.mark.parametrize("text", ["a: {<<: 1}", "a: {<<: [1]}", "a: {<<: ~}"])
def test_merge_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidDefinition, match="Line 1: << must name an object"):
        read_yaml(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_definition_in_json_is_read_unchanged(value: dict[str, Any], is_ascii: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)

    assert json.dumps(read_yaml(text)) == json.dumps(value)


@given(JSON)
def test_json_value_in_block_yaml_is_read_unchanged(value: Any) -> None:
    text = json.dumps(value).encode().decode("ascii")
    if "\\ud" in text or "\\u007f" in text:
        return

    assert json.dumps(read_yaml(f"name: x\nvalue: {text}")) == json.dumps({"name": "x", "value": value})

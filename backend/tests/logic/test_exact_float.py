"""Decimal numbers are written as they were read, and compute as floats."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

from app.flow_control.key import name_of
from app.logic.exact_float import ExactFloat, read_float
from app.logic.jsonlogic import compile_rule
from app.logic.text import to_json_text, to_template_text
from app.storage.json_text import dumps, loads

TEXTS = ["1.10", "0.1000000000000000055", "12345678901234567890.123456789", "1e2", "1E+2", "-0.0", "5e-324", "100.0"]


@pytest.mark.parametrize("text", TEXTS)
def test_number_is_written_as_it_was_read(text: str) -> None:
    document = f'{{"a":[{text},{{"b":{text}}}],"c":{text}}}'

    assert dumps(loads(document)) == document
    assert to_json_text(loads(f"[{text}]")) == f"[{text}]"
    assert to_template_text(read_float(text)) == text


def test_negative_zero_is_the_integer_zero() -> None:
    """As ``JSON.stringify(JSON.parse("-0"))`` is "0" in JavaScript; ``-0.0`` keeps its sign and its digits."""
    assert dumps(loads('{"a":-0,"b":[-0.0]}')) == '{"a":0,"b":[-0.0]}'
    assert to_template_text(loads("[-0]")[0]) == "0"


@pytest.mark.parametrize("text", TEXTS)
def test_exact_float_is_a_float(text: str) -> None:
    number = read_float(text)

    assert number == float(text)
    assert repr(number) == repr(float(text))
    assert type(number * 1) is float


@pytest.mark.parametrize("text", ["0.5", "1.1", "1e+22", "-0.0"])
def test_float_that_is_written_alike_is_a_plain_one(text: str) -> None:
    assert type(read_float(text)) is float


def test_infinite_number_is_not_exact() -> None:
    assert type(read_float("1e400")) is float
    assert dumps([read_float("1e400"), read_float("1.10"), math.nan]) == "[null,1.10,null]"


def test_copies_keep_the_text() -> None:
    number = ExactFloat("1.10")

    copies = [copy.deepcopy([number])[0], pickle.loads(pickle.dumps(number))]

    assert [each.text for each in copies] == ["1.10", "1.10"]


def test_keys_of_objects_are_those_of_json() -> None:
    document = {1: ExactFloat("1.10"), None: 1, 'q"': [], 1.5: {}, "é:": False}

    assert dumps(document) == '{"1":1.10,"null":1,"q\\"":[],"1.5":{},"\\u00e9:":false}'


def test_exact_numbers_of_equal_value_are_one_key() -> None:
    keys = {name_of("lane", "w", "{{ payload.n }}", loads(f'{{"n": {text}}}')) for text in ("1.5", "1.50", "15e-1")}

    assert len(keys) == 1


@pytest.mark.parametrize(
    "rule", [{"==": [{"var": "n"}, 1.1]}, {"<": [{"var": "n"}, 1.2]}, {"in": [{"var": "n"}, [1.1]]}]
)
def test_rules_compare_exact_numbers_as_floats(rule: object) -> None:
    assert compile_rule(rule).evaluate(loads('{"n": 1.10}')) is True

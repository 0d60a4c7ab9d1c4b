"""JSON text says what the value was, or nothing at all."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.storage.json_text import JsonText, dumps, loads, write_object

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_json_round_trips(value: Any) -> None:
    text = dumps(value)

    assert text.isascii()
    assert repr(loads(text)) == repr(value)


def test_numbers_that_json_lacks_become_null() -> None:
    assert dumps({"a": [math.nan, (math.inf, 1.0)], "b": -math.inf}) == '{"a":[null,[null,1.0]],"b":null}'


def test_number_of_400_digits_is_kept_exactly() -> None:
    assert dumps([10**400]) == f"[1{'0' * 400}]"


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def circular() -> Any:
    value: list[Any] = [math.nan]
    value.append(value)
    return value


NO_JSON = {
    "object": object(),
    "set": {1, 2},
    "key": {(1, 2): 3},
    "deep": nested(100_000),
    "circular": circular(),
    "endless": 10**5000,
    "bytes": b"x",
}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_invalid_json_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        dumps(value)


def test_json_text_is_written_unchanged() -> None:
    assert write_object({"é": JsonText("1.50"), "b": "1.50", "c": None}) == '{"\\u00e9":1.50,"b":"1.50","c":null}'

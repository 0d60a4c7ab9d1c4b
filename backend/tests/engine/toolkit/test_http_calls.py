"""What the node types that call services make of answers and of their data."""

from __future__ import annotations

import pytest

from app.engine.services.http.body import encode_body
from app.engine.toolkit.http_calls import parse_json
from app.storage.json_text import dumps

NUMBERS = '{"price":0.1000000000000000055,"id":9007199254740993,"total":1.10}'


def test_numbers_of_an_answer_keep_their_text() -> None:
    assert dumps(parse_json(NUMBERS)) == NUMBERS


def test_numbers_of_a_body_keep_their_text() -> None:
    sent, _ = encode_body(parse_json(NUMBERS), None, None)

    assert sent is not None
    assert sent.decode().replace(" ", "") == NUMBERS


def test_number_too_large_for_a_float_becomes_null() -> None:
    assert dumps(parse_json('{"n": 1e400}')) == '{"n":null}'


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 100_000])
def test_text_that_is_not_json_is_given_otherwise(text: str) -> None:
    assert parse_json(text, otherwise=text) == text

"""Secret values are taken out wherever they stand."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from app.logic.redaction import redact


def test_secrets_are_taken_out_of_texts_values_and_keys() -> None:
    value = {"header": "Bearer s3cret", "s3cret": ["s3cret", {"n": 1}], "ok": True}

    assert redact(value, ["s3cret"]) == {"header": "Bearer ***", "***": ["***", {"n": 1}], "ok": True}


def test_a_secret_is_found_inside_json_and_inside_a_url() -> None:
    secret = 'a"b/é&'

    text = f"{json.dumps(secret)} http://x/?key={quote(secret, safe='')}"

    assert redact(text, [secret]) == '"***" http://x/?key=***'


def test_longer_secret_is_redacted_first() -> None:
    assert redact("key-long key", ["key", "key-long"]) == "*** ***"


def test_a_secret_of_digits_is_found_as_a_number() -> None:
    assert redact([1234, 12345, True], ["1234"]) == ["***", 12345, True]


def test_without_secrets_the_value_is_itself() -> None:
    value = {"a": 1}

    assert redact(value, []) is value
    assert redact(value, [""]) is value


def test_too_deep_values_are_removed() -> None:
    value: Any = "s3cret"
    for _ in range(5_000):
        value = [value]

    assert "s3cret" not in json.dumps(redact(value, ["s3cret"]))

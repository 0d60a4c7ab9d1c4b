"""Secret values are taken out, however they are spelled."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from time import process_time
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from requests.utils import requote_uri

from app.logic.redaction import redact, redact_members

SECRETS = [
    "s3cret",
    "p@ss word!",
    "ab&cd<e>99",
    "k(e)y ' 77",
    "it's\\x",
    'a"b/é&',
    "abc+def/ghi==",
    "Canary=Pa55+w0rd^x",
    "100% sure",
    "a%41b\\u0042c",
    "x&amp;y\\ny",
    "geheim€wort",
    "😀😀😀😀",
    "line one\nline two",
    "ab/cd-9931",
]


def upper_escapes(text: str) -> str:
    """JSON as .NET writes it: more escapes, with capital digits."""
    return "".join(f"\\u{ord(c):04X}" if c in "\"'&<>+\\" or (not c.isascii() and ord(c) < 65536) else c for c in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "small letters": str.lower,
    "capitals": str.upper,
    "json": lambda s: json.dumps(s)[1:-1],
    "json in utf-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json with slashes": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "json of go": lambda s: json.dumps(s)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    "json of .net": upper_escapes,
    "json in json": lambda s: json.dumps(json.dumps(s))[1:-1],
    "json in json in json": lambda s: json.dumps(json.dumps(json.dumps(s))),
    "quote": quote,
    "quote all": lambda s: quote(s, safe=""),
    "quote plus": quote_plus,
    "requests": requote_uri,
    "every byte": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "url in json": lambda s: json.dumps(quote(s)),
    "json in url": lambda s: quote(json.dumps(s)),
    "quoted twice": lambda s: quote(quote(s)),
    "html": html.escape,
    "base64": lambda s: b64encode(s.encode()).decode(),
    "base64 of a login": lambda s: b64encode(f"user:{s}".encode()).decode(),
    "base64 in between": lambda s: b64encode(f"a{s}b".encode()).decode(),
    "base64 for urls": lambda s: urlsafe_b64encode(f"me:{s}?".encode()).decode(),
    "base64 in a url": lambda s: quote(b64encode(f"us:{s}".encode()).decode(), safe=""),
    "hexadecimal": lambda s: s.encode().hex(),
    "as latin-1": lambda s: s.encode().decode("latin-1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_secret_is_found_in_every_spelling(secret: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](secret)

    found = redact(f"<before {spelled} after>", [secret])

    assert found.startswith("<before ")
    assert found.endswith(" after>")
    assert "***" in found
    # JSON leaves its quotation marks, base64 what is around the secret.
    assert len(found) <= len("<before *** after>") + (20 if "json" in spelling or "base64" in spelling else 0)


@pytest.mark.parametrize("text", ["%{}", "\\{}", "&{};", "%4{}", "\\u00{}", "a{}=", "C:\\{}"])
@pytest.mark.parametrize("secret", ["41abc", "nabc", "u0041b", "amp;x"])
def test_secret_behind_half_an_escape_is_found(text: str, secret: str) -> None:
    assert secret not in redact(text.format(secret), [secret])


def test_secrets_are_redacted_in_texts_values_and_keys() -> None:
    value = {"header": "Bearer s3cret", "s3cret": ["s3cret", {"n": 1}], "ok": True}

    assert redact(value, ["s3cret"]) == {"header": "Bearer ***", "***": ["***", {"n": 1}], "ok": True}


def test_own_members_keep_keys_and_exempt_values() -> None:
    value = {"text": "text 2000", "status_code": 2000, "json": {"text": 2000}}

    found = redact_members(value, ["text", "2000"], exempt=["status_code"])

    assert found == {"text": "*** ***", "status_code": 2000, "json": {"***": "***"}}
    assert redact_members(value, []) is value


def test_spaces_around_a_secret_do_not_count() -> None:
    assert redact("Bearer  pad-secret-88", [" pad-secret-88 \n"]) == "Bearer  ***"


def test_longer_of_two_secrets_is_found_whole() -> None:
    assert redact("key-long key!", ["key!", "key-long"]) == "*** ***"
    assert redact("abcdefgh", ["abcdef", "defgh"]) == "***"


def test_secret_of_digits_is_found_as_number() -> None:
    assert redact([1234, 12345, True, 1234.0, 1234.5], ["1234"]) == ["***", 12345, True, "***", 1234.5]
    assert redact([7123], ["007123"]) == ["***"]


def test_value_without_secrets_is_itself() -> None:
    value = {"a": 1}

    assert redact(value, []) is value
    assert redact(value, [""]) is value


def test_text_that_is_not_a_secret_stays() -> None:
    text = "%41 \\u0041 &amp; a+b %zz \\q &nothing; 100%"

    assert redact(text, ["s3cret"]) == text


def test_part_that_is_too_deep_is_redacted() -> None:
    value: Any = "s3cret"
    for _ in range(5_000):
        value = [value]

    assert "s3cret" not in json.dumps(redact(value, ["s3cret"]))


LARGE = {
    "repeated letter": ("a" * 1_000_000, "a" * 3000 + "b"),
    "overlapping": ("a" * 1_000_000, "aaaa"),
    "percents": ("%25" * 300_000, "%" * 5000),
    "backslashes": ("\\" * 1_000_000, "\\" * 500 + "x"),
    "unicode escapes": ("\\u0041" * 160_000, "a" * 5000 + "b"),
    "entities": ("&amp;" * 200_000, "&amp;" * 100 + "x"),
    "key": ("abc\\n" * 200_000, "-----BEGIN\n" + "A" * 64 + "\n" + "B" * 3000),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_texts_take_linear_time(name: str) -> None:
    text, secret = LARGE[name]
    started = process_time()

    redact(text, [secret])

    assert process_time() - started < 30

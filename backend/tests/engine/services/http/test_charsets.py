"""The text of an answer, by its bytes and what its sender says of them."""

from __future__ import annotations

import codecs
import json

import pytest

from app.engine.services.http.charsets import decode_text, find_charset
from app.errors import StepFailed

WORDS = "Grüße, Łódź"
TEXT_TYPES = ["text/plain", "text/csv", "text/html", "text/xml", "text/event-stream", "text/markdown", "TEXT/PLAIN", ""]
JSON_TYPES = ["application/json", "text/json", "application/context+json", "text/html", "text/javascript"]


@pytest.mark.parametrize("content_type", TEXT_TYPES)
def test_utf8_without_charset_is_utf8(content_type: str) -> None:
    assert decode_text(WORDS.encode(), content_type) == WORDS


@pytest.mark.parametrize("content_type", [*JSON_TYPES, "application/json; charset=us-ascii", 'text/plain; charset=""'])
def test_utf8_json_is_utf8_whatever_its_type(content_type: str) -> None:
    assert json.loads(decode_text('{"w": "Grüße €"}'.encode(), content_type)) == {"w": "Grüße €"}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["", "; charset=utf-8", "; charset=iso-8859-1"])
def test_byte_order_mark_is_obeyed_and_removed(charset: str, declared: str) -> None:
    marks = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    marks |= {"utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE}

    text = decode_text(marks[charset] + '{"ok": "ü"}'.encode(charset), "application/json" + declared)

    assert text == '{"ok": "ü"}'


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_json_in_utf16_without_mark_is_recognised(charset: str) -> None:
    assert decode_text('{"a": 1}'.encode(charset), "application/json") == '{"a": 1}'


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "Grüße"),
        ("windows-1252", "„50 €“"),
        ("iso-8859-1", "50 \x80".replace("\x80", "€")),
        ("windows-1251", "привет"),
        ("koi8-r", "привет"),
        ("iso-8859-2", "Łódź"),
        ("shift_jis", "日本語"),
        ("windows-31j", "①㈱"),
        ("x-sjis", "日本語"),
        ("euc-jp", "日本語"),
        ("iso-2022-jp", "日本語"),
        ("gb2312", "中文"),
        ("gbk", "谈话"),
        ("gb18030", "中文€"),
        ("big5", "中文"),
        ("euc-kr", "한국어"),
        ("iso-8859-8-i", "שלום"),
        ("utf-16le", "plain"),
        ("utf-16be", "plain"),
    ],
)
def test_declared_charset_is_used(charset: str, text: str) -> None:
    codec = {"windows-31j": "cp932", "x-sjis": "cp932", "iso-8859-8-i": "iso8859-8"}.get(charset, charset)
    codec = "cp1252" if charset == "iso-8859-1" else codec

    assert decode_text(text.encode(codec), f"text/plain; charset={charset}") == text


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "application/json; charset=utf-8"])
def test_latin1_without_charset_is_latin1(content_type: str) -> None:
    assert decode_text('{"w": "Grüße €"}'.encode("cp1252"), content_type) == '{"w": "Grüße €"}'


@pytest.mark.parametrize(
    "document",
    [
        '<html><head><meta charset="windows-1251"></head><body>привет</body></html>',
        "<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>привет",
        '<?xml version="1.0" encoding="windows-1251"?><a>привет</a>',
    ],
)
def test_charset_of_document_is_used(document: str) -> None:
    assert decode_text(document.encode("windows-1251"), "text/html") == document


def test_xml_that_names_utf16_in_ascii_is_utf8() -> None:
    document = '<?xml version="1.0" encoding="utf-16"?><a>Łódź</a>'

    assert decode_text(document.encode(), "text/xml") == document
    assert decode_text(document.encode(), "text/xml; charset=utf-16") == document


UNKNOWN = ["x-unknown", "x-user-defined", "mbcs", "base64", "hex", "rot13", "zip", "idna", "undefined"]
#: Codecs of Python that are not charsets; ``punycode`` takes quadratic time.
NOT_CHARSETS = ["punycode", "unicode_escape", "raw_unicode_escape", "utf-7"]


@pytest.mark.parametrize("charset", [*UNKNOWN, *NOT_CHARSETS, "utf8mb4", "binary", "none", "unicode"])
def test_utf8_under_unknown_charset_is_utf8(charset: str) -> None:
    text = '{"n": "São € \\\\u0041 +AGE-"}'

    assert decode_text(text.encode(), f"application/json; charset={charset}") == text
    assert decode_text(text.encode(), f"text/plain; charset={charset}") == text


@pytest.mark.parametrize("charset", [*UNKNOWN, *NOT_CHARSETS])
def test_other_bytes_under_unknown_charset_fail_without_retry(charset: str) -> None:
    with pytest.raises(StepFailed) as failed:
        decode_text(b"Gr\xfc\xdfe", f"text/plain; charset={charset}")

    assert (failed.value.kind, failed.value.retry) == ("UnknownCharset", False)
    assert charset in str(failed.value)
    assert "is not known, and its bytes are not UTF-8" in str(failed.value)


def test_codecs_that_are_not_charsets_are_not_found() -> None:
    assert [name for name in [*UNKNOWN, *NOT_CHARSETS, "\udc80", "a" * 100_000] if find_charset(name)] == []


def test_broken_byte_in_utf8_leaves_the_rest() -> None:
    assert decode_text("Łódź Łódź".encode()[:-1], "text/plain") == "Łódź Łód\ufffd"


def test_event_stream_is_utf8() -> None:
    assert decode_text(b"data: \xc5\x81", "text/event-stream; charset=gbk") == "data: Ł"


def test_ten_megabytes_take_little_time() -> None:
    assert len(decode_text(b"a" * 10_000_000, "text/html; charset=punycode")) == 10_000_000

"""The text of an answer's bytes, whatever charset its sender declares."""

from __future__ import annotations

import codecs
import json
import re

from app.errors import StepFailed
from app.graph.names import quote

#: Labels that senders use and Python does not know, or reads in another way than browsers do (WHATWG Encoding).
_ALIASES = {
    **dict.fromkeys(("utf8mb4", "utf8mb3", "utf-8-sig", "unicode-1-1-utf-8", "unicode", "none", "binary"), "utf-8"),
    **dict.fromkeys(("windows-31j", "x-sjis", "ms_kanji", "shift-jis", "sjis"), "cp932"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical"), "iso8859-8"),
    **dict.fromkeys(("x-cp1250", "x-cp1251", "x-cp1252"), "cp1252"),
    **{"x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic"},
    **{
        "gb_2312-80": "gb18030",
        "x-gbk": "gb18030",
        "x-x-big5": "big5hkscs",
        "dos-874": "cp874",
        "unicodefffe": "utf-16-be",
    },
}
#: The codec that reads a charset as browsers do: mostly the larger one that its senders really use.
_WIDER = {
    **{"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"},
    **{"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"},
}
#: Charsets in which a byte is not a character, or not always the same one: their texts can look like UTF-8 by chance.
_MULTI_BYTE = frozenset(
    [
        *(
            "gb18030",
            "hz",
            "big5hkscs",
            "cp950",
            "cp932",
            "shift_jis_2004",
            "euc_jp",
            "iso2022_jp",
            "cp949",
            "iso2022_kr",
        ),
        *("johab", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
    ]
)
#: Charsets of one byte. Python's other codecs (``punycode``, ``unicode_escape``, ``utf-7``) are not charsets of texts,
#: and some take quadratic time.
_ONE_BYTE = frozenset(
    [
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp125{number}" for number in range(9)),
        *("cp437", "cp850", "cp852", "cp855", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
    ]
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABEL = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.IGNORECASE)
#: A charset that a document declares itself: ``<meta charset=…>``, ``<meta … content="…; charset=…">``, ``<?xml … ?>``.
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
#: Bytes of a document that are searched for that, as browsers do.
_HEAD = 1024


def decode_text(content: bytes, content_type: str = "") -> str:
    """
    The text of an answer's bytes, without a byte order mark.

    In this order: a byte order mark; JSON and event streams are UTF-8 (RFC 8259), as is all that decodes as UTF-8;
    then the charset of ``Content-Type``, or the one that an HTML or XML document declares; else Windows-1252, of which
    Latin-1 is a part. A charset of several bytes a character, such as ``gb18030``, comes before UTF-8, since its short
    texts can be valid UTF-8 by chance. A charset that is not known matters only where the bytes are not UTF-8.

    Raises StepFailed, without a retry, for bytes in a charset that is not known.
    """
    for mark, codec in _BOMS:
        if content.startswith(mark) and (text := _decode(content[len(mark) :], codec)) is not None:
            return text
    media_type = content_type.partition(";")[0].strip().lower()
    label = declared_charset(content, content_type)
    charset = find_charset(label)
    for candidate in _charset_candidates(content, media_type, charset):
        if (text := _decode(content, candidate)) is not None:
            return text
    if label and charset is None:
        message = f"the charset {quote(label)} of the answer is not known, and its bytes are not UTF-8"
        raise StepFailed(f"{message}.", kind="UnknownCharset", retry=False)
    return _decode_damaged(content, charset)


def declared_charset(content: bytes, content_type: str) -> str:
    """The charset's label in ``Content-Type``, else in an HTML or XML document; empty if there is none."""
    found = _LABEL.search(content_type)
    if found and (label := next(filter(None, found.groups()), "").strip()):
        return label
    media_type = content_type.partition(";")[0].strip().lower()
    head = content[:_HEAD]
    match = None
    if "html" in media_type:
        match = _META.search(head)
    if match is None and ("xml" in media_type or "html" in media_type):
        match = _XML.search(head)
    label = match[1].decode("ascii") if match else ""
    # A document whose declaration can be read as ASCII is not in UTF-16, although .NET writes that into such XML.
    return "utf-8" if label.lower().startswith(("utf-16", "utf-32", "unicode")) else label


def find_charset(label: str) -> str | None:
    """The Python codec of a charset's label; None where the label is empty or not a known charset."""
    name = label.strip().lower()
    if not name or not name.isascii():
        return None
    try:
        codec = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    codec = _WIDER.get(codec, codec)
    return codec if codec in _MULTI_BYTE or codec in _ONE_BYTE or codec == "utf-8" else None


def _charset_candidates(content: bytes, media_type: str, charset: str | None) -> list[str]:
    if media_type == "text/event-stream":
        return ["utf-8"]
    if media_type == "application/json" or media_type.endswith("+json"):
        # A NUL is never a part of JSON text, so UTF-16 and UTF-32 show themselves.
        detected = json.detect_encoding(content).replace("utf-8-sig", "utf-8")
        return [detected, "utf-8", *([charset] if charset else [])]
    if charset is None or charset == "utf-8":
        return ["utf-8"]
    if charset.startswith(("utf-16", "utf-32")) and b"\x00" not in content:
        return ["utf-8", charset]
    return [charset, "utf-8"] if charset in _MULTI_BYTE else ["utf-8", charset]


def _decode(content: bytes, charset: str) -> str | None:
    try:
        return content.decode(charset)
    except UnicodeError:
        return None


def _decode_damaged(content: bytes, charset: str | None) -> str:
    """
    The text of bytes that are not valid in any charset which they may be in.

    A text that is mostly UTF-8, or that declares a charset of several bytes, keeps its characters, with U+FFFD for the
    broken ones; other texts are Windows-1252, or Latin-1 where that has no character.
    """
    if charset in _MULTI_BYTE:
        return content.decode(charset or "utf-8", "replace")
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = sum(not character.isascii() for character in text[:100_000]) - text[:100_000].count("\ufffd")
    if valid > broken:
        return text
    return _decode(content, "cp1252") or content.decode("latin-1")

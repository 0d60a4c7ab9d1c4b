"""Redaction: secret values taken out of what is stored, logged or answered, however they are spelled."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

#: The text in place of a secret.
REDACTED = "***"

#: Parts that are nested deeper are taken out as a whole.
_MAX_DEPTH = 200
#: How often escapes are undone: JSON text inside JSON inside a URL is recognised.
_MAX_PASSES = 4
#: Characters of the shortest spelling that is looked for.
_SHORTEST = 4

#: Escapes of URLs, JSON and HTML; runs, because several of them may be one character.
_ESCAPES = re.compile(
    r"(?P<percent>(?:%[0-9a-f]{2})+)|(?P<unicode>(?:\\u[0-9a-f]{4})+)|\\(?P<short>[\"'\\/bfnrt])"
    r"|(?P<entity>&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-f]{1,6});)",
    re.IGNORECASE,
)
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_URL_SAFE = str.maketrans("-_", "+/")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def redact(value: Any, secrets: Iterable[str]) -> Any:
    """
    A text or any other JSON value without these secrets: in values, in keys and inside longer texts.

    Recognised are a secret as it is, in small or capital letters; percent-encoded and JSON-escaped in any way, whole or
    in part, also both and repeatedly; with HTML entities; as base64 of any text that contains it, as ``user:secret``;
    as hexadecimal digits; and as a number. What has been computed from a secret in another way is not recognised.

    The time is linear in the size of the value, whatever the secrets are.
    """
    spellings = _Spellings.of(secrets) if secrets else None
    return _redact(value, spellings, 0) if spellings else value


def redact_members(
    members: Mapping[str, Any],
    secrets: Iterable[str],
    *,
    own: Collection[str] | None = None,
    exempt: Collection[str] = (),
) -> Mapping[str, Any]:
    """
    An object without these secrets, in the same order: its ``own`` keys stay, and the values of the ``exempt`` ones.

    None: all of its keys are its own.
    """
    spellings = _Spellings.of(secrets) if secrets else None
    if not spellings:
        return members
    return {
        (key if own is None or key in own else _redact_text(key, spellings)): (
            value if key in exempt else _redact(value, spellings, 0)
        )
        for key, value in members.items()
    }


@dataclass(frozen=True)
class _Spellings:
    """All spellings of all secrets that are searched."""

    #: In small letters, in texts whose escapes were undone; with ``+`` written as a space, as in forms.
    plain: frozenset[str]
    #: In base64 with ``+`` and ``/``; what surrounds a secret there is unknown, so these are parts.
    base64: frozenset[str]
    #: A secret of digits may come back as a number.
    numbers: frozenset[int]
    #: Characters of the shortest of them.
    shortest: int = 0

    def __bool__(self) -> bool:
        return bool(self.plain)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> _Spellings:
        stripped = {secret.strip() for secret in secrets}
        plain = {spelling for secret in stripped if secret for spelling in _plain_spellings(secret)}
        base64 = {part for secret in stripped if len(secret) >= _SHORTEST for part in _base64_parts(secret)}
        numbers = {int(secret) for secret in stripped if secret.isascii() and secret.isdecimal() and len(secret) < 300}
        shortest = min(map(len, (*plain, *base64)), default=0)
        return cls(frozenset(plain), frozenset(base64), frozenset(numbers), shortest)


def _plain_spellings(secret: str) -> Iterator[str]:
    """The secret, and its forms if its own characters look like escapes."""
    yield _fold_case(secret)
    if len(secret) >= _SHORTEST:
        yield secret.encode("utf-8", "replace").hex()
    if not secret.isascii():  # a server that reads the UTF-8 of a header as Latin-1 sends back this
        yield _fold_case(secret.encode("utf-8", "replace").decode("latin-1"))
    view: _View | None = _View.of(secret)
    while view and (view := view.undo_escapes()) and view.depth <= _MAX_PASSES:
        if len(spelling := _fold_case(view.text.strip())) >= _SHORTEST:
            yield spelling


def _base64_parts(secret: str) -> Iterator[str]:
    """The base64 characters that depend on the secret alone, for each of the three offsets in a group of bytes."""
    raw = secret.encode("utf-8", "replace")
    for offset in range(3):
        text = b64encode(bytes(offset) + raw).decode("ascii")
        part = text[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(part) >= _SHORTEST:
            yield part


def _fold_case(text: str) -> str:
    """In small letters, of the same length; ``+`` as a space."""
    lowered = text.lower()
    return (lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)).replace("+", " ")


@dataclass(frozen=True)
class _View:
    """A text with its escapes undone, and where its characters come from."""

    text: str
    #: For each character, and for the end, its place in the original; None: the same.
    places: list[int] | None
    depth: int = 0

    @classmethod
    def of(cls, text: str) -> _View:
        return cls(text, None)

    def undo_escapes(self) -> _View | None:
        """The text with one layer of escapes undone; None if it has none."""
        if not _ESCAPES.search(self.text):
            return None
        pieces: list[str] = []
        places: list[int] = []
        end = 0
        for match in _ESCAPES.finditer(self.text):
            pieces.append(self.text[end : match.start()])
            places.extend(range(end, match.start()))
            place = match.start()
            for character, width in _characters(match):
                pieces.append(character)
                places.append(place)
                place += width
            end = match.end()
        pieces.append(self.text[end:])
        places.extend(range(end, len(self.text) + 1))
        before = self.places
        return _View("".join(pieces), places if before is None else [before[p] for p in places], self.depth + 1)

    def find(self, spellings: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
        """Where these spellings are, in the original; ``text`` is this view's, folded."""
        for spelling in spellings:
            at = text.find(spelling)
            while at >= 0:
                end = at + len(spelling)
                yield (at, end) if self.places is None else (self.places[at], self.places[end])
                at = text.find(spelling, end)


def _characters(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """The characters that a run of escapes stands for, each with the length of its escape."""
    if run := match["percent"]:
        yield from _percent_characters(bytes.fromhex(run.replace("%", "")))
    elif run := match["unicode"]:
        units = [int(unit, 16) for unit in run[2:].lower().split("\\u")]
        yield from _utf16_characters(units)
    elif short := match["short"]:
        yield _SHORT_ESCAPES.get(short.lower(), short), 2
    else:
        entity = match["entity"]
        yield unescape(entity.lower())[:1] or "\ufffd", len(entity)


def _percent_characters(raw: bytes) -> Iterator[tuple[str, int]]:
    """UTF-8, else Latin-1."""
    try:
        yield from ((character, 3 * len(character.encode())) for character in raw.decode("utf-8"))
    except UnicodeDecodeError:
        yield from ((character, 3) for character in raw.decode("latin-1"))


def _utf16_characters(units: list[int]) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(units):
        pair = units[at : at + 2]
        if len(pair) == 2 and 0xD800 <= pair[0] < 0xDC00 <= pair[1] < 0xE000:
            yield chr(0x10000 + ((pair[0] - 0xD800) << 10) + pair[1] - 0xDC00), 12
            at += 2
        else:
            yield chr(units[at]), 6
            at += 1


def _redact(value: Any, spellings: _Spellings, depth: int) -> Any:
    if isinstance(value, str):
        return _redact_text(value, spellings)
    if depth > _MAX_DEPTH:
        return REDACTED
    if isinstance(value, dict):
        return {_redact(k, spellings, depth + 1): _redact(v, spellings, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact(item, spellings, depth + 1) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value in spellings.numbers:
        return REDACTED
    return value


def _redact_text(text: str, spellings: _Spellings) -> str:
    if len(text) < spellings.shortest or not (spans := list(_find_spans(text, spellings))):
        return text
    pieces = []
    end = 0
    for start, stop in _merge_spans(spans):
        pieces += [text[end:start], REDACTED]
        end = stop
    return "".join([*pieces, text[end:]])


def _find_spans(text: str, spellings: _Spellings) -> Iterator[tuple[int, int]]:
    view: _View | None = _View.of(text)
    while view is not None and view.depth <= _MAX_PASSES:
        yield from view.find(spellings.plain, _fold_case(view.text))
        yield from view.find(spellings.base64, view.text.translate(_URL_SAFE))
        view = view.undo_escapes()


def _merge_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap as one, in order."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged

"""Content codings of an answer (RFC 9110, 8.4): gzip, deflate, br and zstd, decoded whole or refused."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

from app.engine.services.http.charsets import find_charset
from app.errors import StepFailed
from app.graph.names import quote

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What a client says that it understands.
ACCEPTED = "gzip, deflate, br, zstd"
#: Names that some senders write although the body is as it is.
_PLAIN = frozenset(["", "identity", "aws-chunked", "none", "binary", "8bit", "7bit", "utf8", "text"])
#: Codings in one header that are undone, one after the other.
_MOST_CODINGS = 5


class _Truncated(Exception):
    """The stream of a coding ends before its own end."""


def decode_content(content: bytes, coding: str, *, limit: int) -> bytes:
    """
    Undo the codings that ``Content-Encoding`` names; a body of no bytes stays empty.

    ``limit`` is in bytes of the result; more than ``limit + 1`` are never made. Raises StepFailed for a coding that is
    not known (without a retry), for bytes that are not of their coding, and for a stream that ends before its end.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in _PLAIN and find_charset(name) is None]
    if len(names) > _MOST_CODINGS:
        message = f"the answer's Content-Encoding has {len(names)} codings; {_MOST_CODINGS} are undone at most."
        raise StepFailed(message, kind="ContentDecodingError", retry=False)
    for name in reversed(names):
        if content:
            content = _decode_one(content, name, limit + 1)
    return content


def _decode_one(content: bytes, name: str, most: int) -> bytes:
    decoder = _DECODERS.get(name)
    if decoder is None:
        message = f"the answer's Content-Encoding is {quote(name)}; {ACCEPTED} are understood."
        raise StepFailed(message, kind="ContentDecodingError", retry=False)
    try:
        return decoder(content, most)
    except _Truncated:
        message = f"the answer breaks off: its {name} stream has no end."
        raise StepFailed(message, kind="ContentDecodingError") from None
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        message = f"the answer is not {name}, which its Content-Encoding names: {error}."
        raise StepFailed(message, kind="ContentDecodingError") from error


def _undo_gzip(content: bytes, most: int) -> bytes:
    """One member or several (RFC 1952); bytes after the last one that are not a member are left out, as gzip does."""
    made = b""
    while True:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        made += member.decompress(content, most - len(made))
        if len(made) >= most:
            return made
        if not member.eof:
            raise _Truncated
        content = member.unused_data
        if not content.startswith(b"\x1f\x8b"):
            return made


def _undo_deflate(content: bytes, most: int) -> bytes:
    """``deflate`` is zlib (RFC 1950); some senders leave out its header."""
    try:
        return _undo_deflate_window(content, most, zlib.MAX_WBITS)
    except zlib.error:
        return _undo_deflate_window(content, most, -zlib.MAX_WBITS)


def _undo_deflate_window(content: bytes, most: int, window: int) -> bytes:
    stream = zlib.decompressobj(window)
    made = stream.decompress(content, most)
    if not stream.eof and len(made) < most:
        raise _Truncated
    return made


def _undo_brotli(content: bytes, most: int) -> bytes:
    stream = brotli.Decompressor()
    made = stream.process(content, output_buffer_limit=most)
    while len(made) < most and not stream.is_finished():
        more = stream.process(b"", output_buffer_limit=most - len(made))
        if not more:
            raise _Truncated
        made += more
    return bytes(made[:most])


def _undo_zstd(content: bytes, most: int) -> bytes:
    """One frame or several (RFC 8878)."""
    made = b""
    while content and len(made) < most:
        frame = zstd.ZstdDecompressor()
        made += frame.decompress(content, most - len(made))
        if len(made) >= most:
            break
        if not frame.eof:
            raise _Truncated
        content = frame.unused_data
    return made


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}

"""Request bodies: read within limits of size and time, decompressed, parsed as strict JSON."""

from __future__ import annotations

import json
import math
import re
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from app.api.http.deadline import Deadline
from app.errors import InvalidInput, TooLarge, TooSlow, UnsupportedMedia
from app.logic.exact_float import read_float
from app.settings import Settings

#: Bytes of a body that is read on another thread.
LARGE = 65_536
#: Levels that objects and lists may be nested.
MAX_DEPTH = 100
#: ``Content-Encoding`` by what zlib calls the format: gzip, or zlib with or without its header.
_WINDOW_BITS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
#: Codings in one ``Content-Encoding`` that are undone, the last one first.
MOST_CODINGS = 3
_FORM = re.compile(r"[\w.%+\[\]-]+=")
_Model = TypeVar("_Model", bound=BaseModel)


async def read_body(request: Request) -> bytes:
    """
    The body, decompressed.

    Raises TooLarge as soon as more than MAX_BODY_BYTES are announced, sent or decompressed; TooSlow; UnsupportedMedia;
    TooManyRequests where the sender has sent too many bytes.
    """
    settings: Settings = request.app.state.context.settings
    body = await receive_body(request)
    codings = request.headers.getlist("content-encoding")
    return decompress(body, ",".join(codings), limit=settings.max_body_bytes) if codings else body


async def receive_body(request: Request) -> bytes:
    """The body as it was sent. Raises TooLarge as soon as MAX_BODY_BYTES are exceeded, and TooSlow."""
    settings: Settings = request.app.state.context.settings
    limit = settings.max_body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise TooLarge(f"The body has {announced[:20]} bytes; MAX_BODY_BYTES allows {limit}.")
    body = await _receive(request, limit, settings.body_timeout)
    if count_bytes := request.scope.get("count_bytes"):
        await count_bytes(len(body))
    return body


async def _receive(request: Request, limit: int, timeout: float) -> bytes:
    chunks, size = [], 0
    with Deadline(timeout) as deadline:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"The body has more than {limit} bytes, which is what MAX_BODY_BYTES allows.")
            chunks.append(chunk)
    if deadline.has_passed:
        raise TooSlow(f"The body did not arrive within {timeout:g} s (BODY_TIMEOUT); {size} bytes of it did.")
    return b"".join(chunks)


Body = Annotated[bytes, Depends(read_body)]


def decompress(body: bytes, encoding: str, *, limit: int) -> bytes:
    """
    The body without the codings of its ``Content-Encoding``; ``limit`` holds for the result of each one, in bytes.

    Raises UnsupportedMedia, TooLarge and InvalidInput.
    """
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    if len(names) > MOST_CODINGS or not _WINDOW_BITS.keys() >= set(names):
        raise UnsupportedMedia(
            f"The Content-Encoding {encoding[:100]!r} is not supported; send gzip, deflate or none, and at most "
            f"{MOST_CODINGS} of them.",
            {"Accept-Encoding": "gzip, deflate"},
        )
    for name in reversed(names):
        body = _undo(body, name, limit)
    return body


def _undo(body: bytes, name: str, limit: int) -> bytes:
    for bits in _WINDOW_BITS[name]:
        try:
            return _inflate(body, bits, limit)
        except zlib.error:
            continue
    raise InvalidInput(f"The body is not {name}, which its Content-Encoding names.")


def _inflate(body: bytes, bits: int, limit: int) -> bytes:
    """Every member of a compressed body: gzip files may be joined."""
    parts: list[bytes] = []
    left = limit
    while body:
        stream = zlib.decompressobj(bits)
        parts.append(stream.decompress(body, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise TooLarge(f"The body has more than {limit} bytes when decompressed; MAX_BODY_BYTES allows {limit}.")
        if not stream.eof:
            raise InvalidInput("The compressed body is incomplete: it ends before its last block.")
        body = stream.unused_data if bits == 31 else b""
    return b"".join(parts)


def text_of(body: bytes) -> str:
    """The body as text; JSON is UTF-8, with or without a byte order mark."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in body[:4]:
        raise InvalidInput("The body is UTF-16 or UTF-32; send UTF-8.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is not UTF-8: byte {error.start + 1} is wrong.") from error


def parse(text: str) -> Any:
    """The value of JSON text that is itself kept; a number too large for a float is infinite."""
    return _parse(_LENIENT, text)


def parse_exactly(text: str) -> Any:
    """The value of JSON text that is written again from the value; a number too large for a float is refused."""
    return _parse(_STRICT, text)


def parse_members(text: str, what: str) -> tuple[dict[str, Any], dict[str, str]]:
    """
    A JSON object, and the text of each of its members as it was sent. Raises InvalidInput.

    ``{"a": 1.10}`` is ``({"a": 1.1}, {"a": "1.10"})``.
    """
    value = object_of(parse_exactly(text), what)
    return value, dict(_member_texts(text))


def parse_items(text: str) -> list[str]:
    """The items of a JSON array as they were sent. Raises InvalidInput."""
    if not isinstance(parse_exactly(text), list):
        raise InvalidInput("A batch of CloudEvents must be a JSON array.")
    items: list[str] = []
    place = _skip(text, _skip(text, 0) + 1)
    while text[place] != "]":
        end = _STRICT.raw_decode(text, place)[1]
        items.append(text[place:end])
        place = _skip(text, end)
        place = _skip(text, place + 1) if text[place] == "," else place
    return items


def _member_texts(text: str) -> Iterable[tuple[str, str]]:
    """The members of text that is known to be an object."""
    place = _skip(text, _skip(text, 0) + 1)
    while text[place] != "}":
        name, end = _STRICT.raw_decode(text, place)
        start = _skip(text, _skip(text, end) + 1)
        end = _STRICT.raw_decode(text, start)[1]
        yield name, text[start:end]
        place = _skip(text, end)
        place = _skip(text, place + 1) if text[place] == "," else place


def _skip(text: str, place: int) -> int:
    """The next place that is not white space."""
    while text[place] in " \t\n\r":
        place += 1
    return place


def object_of(value: Any, what: str) -> dict[str, Any]:
    """The value, if it is an object. Raises InvalidInput."""
    if isinstance(value, dict):
        return value
    raise InvalidInput(f"{what} must be a JSON object.")


def parsed(model: type[_Model], what: str = "The body", *, optional: bool = False) -> Callable[..., _Model]:
    """A dependency: the body as this model. ``optional``: no body, or null, is an empty object."""

    def read(body: Body) -> _Model:
        text = text_of(body)
        value = {} if optional and not text.strip() else parse_exactly(text)
        return parse_as(model, object_of({} if optional and value is None else value, what))

    return read


async def read_parsed(read: Callable[[bytes], _Model], body: bytes) -> _Model:
    """What ``read`` makes of a body; on another thread where it is large, so that other requests do not wait for it."""
    return await run_in_threadpool(read, body) if len(body) > LARGE else read(body)


def parse_as(model: type[_Model], value: Any) -> _Model:
    """The model of a parsed body. Raises RequestValidationError."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**problem, "loc": ("body", *problem["loc"])} for problem in problems]) from error


def _parse(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        value = decoder.decode(text)
    except RecursionError as error:
        raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(_what_it_is(text) or f"The body is not JSON: {error}.") from error
    except _RefusedNumber as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from error
    except ValueError as error:
        # Python's integers are of any size, but it reads no more digits than this: reading them is quadratic.
        digits = sys.get_int_max_str_digits()
        raise InvalidInput(f"The body has a number of more than {digits} digits; send it as text.") from error
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(value)
    return value


def _what_it_is(text: str) -> str | None:
    """A message for bodies that were not meant as JSON."""
    start = text[:1000].lstrip()
    if not text.strip():
        return "The body is empty; send a JSON object."
    if start.startswith("<"):
        return "The body is XML or HTML; send JSON."
    return "The body is a form; send JSON." if _FORM.match(start) else None


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for thing in level for child in _children(thing)]
        if not level:
            return
    raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _children(thing: Any) -> Iterable[Any]:
    if isinstance(thing, dict):
        return thing.values()
    return thing if isinstance(thing, list) else ()


class _RefusedNumber(ValueError):
    """A number that JSON does not have, or that a float cannot hold."""


def _refuse_constant(name: str) -> Any:
    raise _RefusedNumber(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = read_float(digits)
    if math.isinf(number):
        raise _RefusedNumber(f"the number {digits[:40]} is too large")
    return number


_LENIENT = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=read_float)
_STRICT = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

"""Bodies: read up to a limit, then parsed as exactly as JSON allows; whatever is posted, it is an answer or a 4xx."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

from fastapi import Depends, Request

from app.errors import InvalidInput, TooLarge

#: How deep objects and lists may be nested: a hundred levels is more than any author draws.
MAX_DEPTH = 100


async def read_body(request: Request) -> bytes:
    """The body; a longer one than allowed is refused as soon as that is known, and not read to its end."""
    limit: int = request.app.state.parts.settings.max_body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise TooLarge(f"The body has {announced[:20]} bytes; {limit} are allowed.")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body has more than {limit} bytes, which is what is allowed.")
        chunks.append(chunk)
    return b"".join(chunks)


Body = Annotated[bytes, Depends(read_body)]


def text_of(body: bytes) -> str:
    """The body as text; JSON is UTF-8, and some senders put a mark before it."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is not UTF-8: byte {error.start} is wrong.") from error


def parse(text: str) -> Any:
    """The value of JSON text that is itself kept: a number too large for us is infinite in the value only."""
    return _parse(_as_received, text)


def parse_exactly(text: str) -> Any:
    """The value of JSON text that is written again from the value: what could not be written the same is refused."""
    return _parse(_as_written, text)


def object_of(value: Any, what: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise InvalidInput(f"{what} must be a JSON object.")


def _parse(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        value = decoder.decode(text)
    except RecursionError as error:
        raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from error
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(value)
    return value


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for thing in level for child in _children(thing)]
        if not level:
            return
    raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _children(thing: Any) -> Any:
    if isinstance(thing, dict):
        return thing.values()
    return thing if isinstance(thing, list) else ()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number


_as_received = json.JSONDecoder(parse_constant=_refuse_constant)
_as_written = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

"""Keys: templates over the payload, and the names of lanes and windows that they give."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from app.errors import InvalidInput, InvalidTemplate
from app.graph.names import quote
from app.logic.references import Source
from app.logic.templates import Scope, Template, compile_template
from app.storage.json_text import dumps

#: Characters of a key; a longer one is replaced by its digest.
LONGEST_KEY = 200


def check_key(text: str) -> str:
    """A template over the payload. Raises ValueError."""
    try:
        references = _compiled_key(text).references
    except InvalidTemplate as error:
        raise ValueError(str(error)) from error
    if not references:
        raise ValueError(
            f"{quote(text)} has no template; a key is one over the payload, for example {{{{ payload.customer.id }}}}"
        )
    if any(reference.source not in (Source.PAYLOAD, Source.PARAMETER) for reference in references):
        raise ValueError(f"{quote(text)} refers to something else; a key can only refer to the payload")
    return text


def name_of(prefix: str, workflow_id: str, key: str | None, payload: Any) -> str:
    """
    The name of a lane or window, one for each value of the key. Raises TooLarge, InvalidInput.

    A number, true and false are the same key as the text that is written alike: 7, 7.0 and "7". The text "null" is
    not null, and a text that is written like a list or an object is not that list or object.
    """
    if key is None:
        return f"{prefix}/{workflow_id}"
    text = _lane_key(_compiled_key(key).render(Scope(payload=payload)))
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()
    return f"{prefix}/{workflow_id}/{text}"


def _lane_key(value: Any) -> str:
    """The value in ASCII, since Postgres keeps neither NUL nor half a surrogate pair in text."""
    if isinstance(value, str):
        written = dumps(value)
        return written if value == "null" or value.startswith(("{", "[")) else written[1:-1]
    try:
        return dumps(dumps(_canonical(value)))[1:-1]
    except RecursionError:
        raise InvalidInput("The value of the key is nested too deeply.") from None


def _canonical(value: Any) -> Any:
    """The same for values that are equal in JSON: 7.0 is 7, 1.50 is 1.5, and keys of objects have no order."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(value)
    if isinstance(value, dict):
        return {name: _canonical(value[name]) for name in sorted(value)}
    return [_canonical(part) for part in value] if isinstance(value, (list, tuple)) else value


@lru_cache(maxsize=1000)
def _compiled_key(text: str) -> Template:
    return compile_template(text)

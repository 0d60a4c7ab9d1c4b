"""The content of a verified webhook: JSON, a form or text, as the payload of an event."""

from __future__ import annotations

import re
from typing import Any

from app.api.http.bodies import parse, parse_exactly, text_of
from app.api.http.cloudevents import as_payload, is_json
from app.errors import InvalidInput, UnsupportedMedia
from app.hooks.forms import is_form, read_fields
from app.storage.json_text import dumps

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
#: Charsets whose bytes are UTF-8.
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})


def read_payload(body: bytes, content_type: str, *, json_field: str | None = None) -> tuple[str, dict[str, Any]]:
    """
    The payload of a delivery, as text and as a value; JSON is kept as it was written.

    A form is the object of its fields, where ``json_field`` is parsed; text is ``{"text": …}``; JSON that is not an
    object is ``{"data": …}``; no body is ``{}``. Raises InvalidInput and UnsupportedMedia.
    """
    require_utf_8(content_type)
    if not body:
        return "{}", {}
    # curl sends the content type of a form if none is set; a form has no brace that is not percent-encoded.
    if is_form(content_type) and not body.lstrip().startswith(b"{"):
        return as_text_and_value(form_object(body, json_field))
    if is_json(content_type):
        text = text_of(body)
        return as_payload(parse(text), text)
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind.endswith(("/xml", "+xml")):
        return as_text_and_value({"text": text_of(body)})
    raise UnsupportedMedia(
        f"The content type {kind[:100]!r} is not read; send JSON, text, or a form (application/x-www-form-urlencoded)."
    )


def require_utf_8(content_type: str) -> None:
    """Raises UnsupportedMedia for a charset other than UTF-8 and ASCII."""
    found = _CHARSET.search(content_type)
    if found and found[1].lower() not in _UTF_8:
        raise UnsupportedMedia(f"The charset {found[1][:100]!r} is not read; send UTF-8.")


def form_object(body: bytes, json_field: str | None) -> dict[str, Any]:
    """The fields of a form by name; a field that came several times is a list. Raises InvalidInput."""
    fields: dict[str, Any] = {}
    for name, value in read_fields(body):
        known = fields.get(name)
        fields[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    if isinstance(fields.get(json_field or ""), str):
        fields[json_field or ""] = parse_field(json_field or "", fields[json_field or ""])
    return fields


def parse_field(name: str, text: str) -> Any:
    """The value of a field that is JSON. Raises InvalidInput."""
    try:
        return parse_exactly(text)
    except InvalidInput as error:
        raise InvalidInput(f"The field {name} of the form must be JSON: {error}") from error


def as_text_and_value(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return dumps(payload), payload

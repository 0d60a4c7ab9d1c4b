"""The body of a request: JSON, a form, or text as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from urllib3 import encode_multipart_formdata

from app.engine.services.http.url import encode_pairs
from app.errors import StepFailed
from app.logic.text import to_json_text, to_template_text

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def encode_body(body: Any, form: Mapping[str, Any] | None, content_type: str | None) -> tuple[bytes | None, str | None]:
    """
    The bytes to send, and their ``Content-Type`` where that has to be set; None leaves the author's.

    ``form`` is sent as a form, and so is a ``body`` that is an object under the content type of a form. Text is sent as
    it is, other bodies as JSON. Raises StepFailed, without a retry, for a body that cannot be sent under its type.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if form is not None and body is not None:
        raise _body_error("body and form are both given; give one of them.")
    if form is None and isinstance(body, dict) and media_type in (FORM, MULTIPART):
        form = body
    if form is not None:
        return _encode_form(form, media_type)
    if body is None:
        return None, None
    if isinstance(body, str):
        return _encode_text(body), None
    if media_type.endswith(("/xml", "+xml")):
        raise _body_error(f"body is not text, but its Content-Type is {media_type}; write the XML as text.")
    return to_json_text(body, ascii=True).encode("ascii"), None if media_type else JSON


def _encode_form(form: Mapping[str, Any], media_type: str) -> tuple[bytes, str | None]:
    if media_type == MULTIPART:
        fields = [
            (str(name), to_template_text(value))
            for name, given in form.items()
            for value in (given if isinstance(given, list) else [given])
            if value is not None
        ]
        return encode_multipart_formdata(fields)
    return encode_pairs(form, plus=True).encode("ascii"), None if media_type else FORM


def _encode_text(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _body_error(f"body is not Unicode: character {error.start} is half of a surrogate pair.") from None


def _body_error(message: str) -> StepFailed:
    return StepFailed(message, kind="InvalidData", retry=False)

"""Forms: fields with values, URL-encoded."""

from __future__ import annotations

from urllib.parse import parse_qsl

from app.errors import InvalidInput

FORM = "application/x-www-form-urlencoded"
#: Fields of a form that are read.
MAX_FIELDS = 1000


def is_form(content_type: str) -> bool:
    """True for the content type of a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def read_fields(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in order. Raises InvalidInput where they are too many or not UTF-8."""
    if body.count(b"&") >= MAX_FIELDS:
        raise InvalidInput(f"The form has more than {MAX_FIELDS} fields, which is the limit; send fewer.")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The form is not UTF-8: {error.reason} at byte {error.start + 1} of a field.") from error

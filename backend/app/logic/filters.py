"""Filters of templates, ``{{ path | filter }}``: a value written so that it fits into its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from app.logic.text import to_json_text, to_template_text

URLENCODE = "urlencode"


def encode_for_url(value: Any) -> str:
    """Every character but letters, digits and ``-._~`` percent-encoded, so that it is one segment or one parameter."""
    return quote(to_template_text(value).encode("utf-8", "replace"), safe="")


#: Filters by name; each is given any JSON value and returns text.
FILTERS: Mapping[str, Callable[[Any], str]] = {"json": to_json_text, URLENCODE: encode_for_url}

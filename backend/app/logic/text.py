"""Values as text, as templates write them and handlers send them."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

from app.errors import TooLarge
from app.logic.exact_float import write_json


def to_template_text(value: Any) -> str:
    """
    Text as it is, nothing for null, and JSON for all else: ``true``, ``1.5``, ``["a"]``.

    Raises TooLarge for a value that is nested too deeply, and for an integer that is too long, to be written.
    """
    if isinstance(value, str):
        return value
    return "" if value is None else to_json_text(value)


def to_json_text(value: Any, *, ascii: bool = False) -> str:
    """
    The value as JSON; NaN and the infinities, which JSON lacks, become null, and what is not JSON its ``str``.

    ``ascii`` writes all other characters as escapes. Raises TooLarge, as ``to_template_text`` does.
    """
    encode = partial(json.dumps, ensure_ascii=ascii, default=str, allow_nan=False)
    try:
        try:
            return write_json(value, encode)
        except ValueError:
            return write_json(_without_nan(value), encode)
    except (RecursionError, ValueError) as error:
        raise TooLarge("A value is nested too deeply, or a number too long, to be written into text.") from error


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value

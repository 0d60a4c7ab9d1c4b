"""Redaction: secret values taken out of what is stored, logged or answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

#: What stands where a secret stood.
REDACTED = "***"

#: Parts that are nested deeper are taken out as a whole.
_MAX_DEPTH = 200


def redact(value: Any, secrets: Iterable[str]) -> Any:
    """A text or any other JSON value without these secrets, in values, in keys and inside longer texts."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    if not forms:
        return value
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return _redact(value, pattern, 0)


def _forms(secret: str) -> list[str]:
    """A secret as it is, as it stands inside JSON (also where that is text inside JSON again), and inside a URL."""
    plain = secret.encode("utf-8", "replace")
    once = _escaped([secret])
    return [secret, *once, *_escaped(once), quote(plain), quote(plain, safe=""), quote_plus(plain)]


def _escaped(texts: list[str]) -> list[str]:
    """Texts as JSON writes them: with and without escapes for what is not ASCII, and for slashes."""
    written = [json.dumps(text, ensure_ascii=ascii)[1:-1] for text in texts for ascii in (True, False)]
    return [*written, *(text.replace("/", "\\/") for text in written)]


def _redact(value: Any, pattern: re.Pattern[str], depth: int) -> Any:
    if isinstance(value, str):
        return pattern.sub(REDACTED, value)
    if depth > _MAX_DEPTH:
        return REDACTED
    if isinstance(value, dict):
        return {_redact(k, pattern, depth + 1): _redact(v, pattern, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact(item, pattern, depth + 1) for item in value]
    return _redact_number(value, pattern)


def _redact_number(value: Any, pattern: re.Pattern[str]) -> Any:
    """A secret of digits may come back as a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return REDACTED if pattern.fullmatch(repr(value)) else value

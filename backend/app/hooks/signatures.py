"""Checks that schemes share: signatures in constant time, and the age of a signed time."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable

from app.errors import DeliveryRefused

#: Seconds by which a signed time may differ from now, as stripe, slack and Standard Webhooks use them.
TOLERANCE = 300
_SECONDS = re.compile(r"\d{1,15}", re.ASCII)


def sign(key: bytes, content: bytes, algorithm: str = "sha256", encoding: str = "hex") -> bytes:
    """The HMAC of the content as text: ``hex`` in lower case, or ``base64`` with padding."""
    digest = hmac.digest(key, content, algorithm)
    return digest.hex().encode() if encoding == "hex" else base64.b64encode(digest)


def is_any_of(given: Iterable[str], expected: Iterable[bytes]) -> bool:
    """True if one of these values is an expected one; takes the same time whichever it is."""
    known = list(expected)
    found = False
    for text in given:
        # A character of a header value is a byte that was sent; no expected value has a question mark.
        sent = text.encode("latin-1", "replace")
        for value in known:
            found |= hmac.compare_digest(sent, value)
    return found


def require_any_of(header: str, given: Iterable[str], expected: Iterable[bytes]) -> None:
    """Raises DeliveryRefused unless one of the values of the header is an expected one."""
    if not is_any_of(given, expected):
        raise DeliveryRefused(
            f"The signature in {header} fits no secret of this hook; set the same secret at the sender and here."
        )


def require_recent(header: str, written: str, at: float) -> None:
    """Raises DeliveryRefused unless the time in a header, in seconds since 1970, is within ``TOLERANCE`` of now."""
    if not _SECONDS.fullmatch(written):
        raise DeliveryRefused(f"The time in {header} is {written[:40]!r}; it must be whole seconds since 1970.")
    age = at - int(written)
    if abs(age) > TOLERANCE:
        relation = "ago" if age > 0 else "ahead of now"
        raise DeliveryRefused(
            f"The delivery was signed {abs(age):.0f} s {relation}, says {header}; at most {TOLERANCE} s are allowed."
        )

"""API keys: ``tg_`` and 256 random bits, of which only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets

#: The beginning of every key, so that scanners of repositories find one that was committed.
START = "tg_"
#: Bytes of chance in a key.
RANDOM_BYTES = 32
#: Characters of a key that lists and the audit show.
SHOWN_CHARACTERS = 9


def make_key() -> str:
    """A new key."""
    return START + secrets.token_urlsafe(RANDOM_BYTES)


def make_token() -> str:
    """A new name of a session, for a cookie."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(secret: str) -> bytes:
    """
    The part of a key or a session that is kept.

    SHA-256 without salt or stretching: there is nothing to guess in 256 random bits, and every request needs it.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def shown_start(key: str) -> str:
    """The first characters of a key, by which people recognise it."""
    return key[:SHOWN_CHARACTERS]

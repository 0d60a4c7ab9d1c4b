"""Secrets and signatures of deliveries, by Standard Webhooks (https://www.standardwebhooks.com), version 1."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from app.errors import InvalidInput

PREFIX = "whsec_"
#: Bytes of a secret: those that are made here, the fewest and the most.
SECRET_BYTES, FEWEST, MOST = 32, 24, 64


def make_secret() -> str:
    """A new secret, as its receiver needs it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode("ascii")


def check_secret(text: str) -> None:
    """Raise InvalidInput for a secret that Standard Webhooks does not allow; the message does not contain it."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not FEWEST <= len(key) <= MOST:
        raise InvalidInput(
            f"`secret` is not a secret of Standard Webhooks; it must be {PREFIX} and {FEWEST} to {MOST} bytes in "
            "base64, or leave it out and one is made."
        )


def sign(secret: str, id: str, timestamp: int, body: str) -> dict[str, str]:
    """The headers that identify and sign a delivery; ``timestamp`` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode('ascii')}"
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}

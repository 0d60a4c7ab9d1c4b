"""``standard``: Standard Webhooks, symmetric signatures (v1); https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme, text_at
from app.hooks.signatures import require_any_of, require_recent, sign

ID = "webhook-id"
TIME = "webhook-timestamp"
SIGNATURE = "webhook-signature"
#: Before the base64 of a key.
PREFIX = "whsec_"


class Standard(Scheme):
    name = "standard"
    header_prefixes = ("webhook-",)
    withheld = frozenset({SIGNATURE})

    def key_of(self, secret: str) -> bytes:
        text = secret.removeprefix(PREFIX)
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key:
            raise ValueError("must be base64, with or without whsec_ before it")
        return key

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        id, time, given = (delivery.headers.require(name) for name in (ID, TIME, SIGNATURE))
        content = f"{id}.{time}.".encode("latin-1") + delivery.body
        require_any_of(
            SIGNATURE, given.split(" "), (b"v1," + sign(key, content, encoding="base64") for key in proof.keys)
        )
        require_recent(TIME, time, delivery.at)

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return text_at(payload, "type")

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get(ID)


scheme = Standard()

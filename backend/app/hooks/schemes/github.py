"""
``github``: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.

GitHub signs no time, so a delivery that was recorded can be repeated under another ``X-GitHub-Delivery``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme
from app.hooks.signatures import require_any_of, sign

SIGNATURE = "X-Hub-Signature-256"


class GitHub(Scheme):
    name = "github"
    header_prefixes = ("x-github-",)
    json_field = "payload"

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        given = delivery.headers.require(SIGNATURE)
        require_any_of(SIGNATURE, [given], (b"sha256=" + sign(key, delivery.body) for key in proof.keys))

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get("X-GitHub-Event")

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get("X-GitHub-Delivery")

    def handshake(self, headers: Headers, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        return {"ping": "pong"} if headers.get("X-GitHub-Event") == "ping" else None


scheme = GitHub()

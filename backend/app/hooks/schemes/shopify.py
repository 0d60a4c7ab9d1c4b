"""``shopify``: https://shopify.dev/docs/apps/build/webhooks/subscribe/https."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme
from app.hooks.signatures import require_any_of, sign

SIGNATURE = "X-Shopify-Hmac-Sha256"


class Shopify(Scheme):
    name = "shopify"
    header_prefixes = ("x-shopify-",)
    withheld = frozenset({SIGNATURE.lower()})

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        given = delivery.headers.require(SIGNATURE)
        require_any_of(SIGNATURE, [given], (sign(key, delivery.body, encoding="base64") for key in proof.keys))

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get("X-Shopify-Topic")

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get("X-Shopify-Webhook-Id")


scheme = Shopify()

"""``stripe``: https://docs.stripe.com/webhooks#verify-manually."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import DeliveryRefused
from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme, text_at
from app.hooks.signatures import require_any_of, require_recent, sign

SIGNATURE = "Stripe-Signature"


class Stripe(Scheme):
    name = "stripe"

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        times, signatures = read_signature(delivery.headers.require(SIGNATURE))
        if len(times) != 1 or not signatures:
            raise DeliveryRefused(f"The header {SIGNATURE} must have one time and a signature, as in t=…,v1=….")
        content = times[0].encode("latin-1") + b"." + delivery.body
        require_any_of(SIGNATURE, signatures, (sign(key, content) for key in proof.keys))
        require_recent(SIGNATURE, times[0], delivery.at)

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return text_at(payload, "type")

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return text_at(payload, "id")


def read_signature(value: str) -> tuple[list[str], list[str]]:
    """The times and the signatures of ``t=1492774577,v1=5257…,v0=6ffb…``; signatures other than v1 are left out."""
    parts = [part.strip().partition("=") for part in value.split(",")]
    return [text for name, _, text in parts if name == "t"], [text for name, _, text in parts if name == "v1"]


scheme = Stripe()

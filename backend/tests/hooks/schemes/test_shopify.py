"""``shopify``: the base64 of a signature of the body."""

from __future__ import annotations

import base64
import hashlib
import hmac

from app.hooks.scheme import Delivery
from app.hooks.schemes.shopify import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal


def signed(body: bytes, *headers: tuple[str, str], secret: str = "hush") -> Delivery:
    # As in https://shopify.dev/docs/apps/build/webhooks/subscribe/https
    digest = hmac.new(secret.encode(), body, digestmod=hashlib.sha256).digest()
    return delivery(body, ("X-Shopify-Hmac-Sha256", base64.b64encode(digest).decode()), *headers)


def test_signature_is_accepted() -> None:
    scheme.verify(signed(b'{"id": 1}\n'), proof_of(scheme, "other", "hush"))


def test_other_signature_is_refused() -> None:
    hexadecimal = delivery(b"{}", ("X-Shopify-Hmac-Sha256", hmac.new(b"hush", b"{}", "sha256").hexdigest()))

    assert "X-Shopify-Hmac-Sha256 fits no secret" in refusal(
        scheme, signed(b"{}", secret="loud"), proof_of(scheme, "hush")
    )
    assert "fits no secret" in refusal(scheme, hexadecimal, proof_of(scheme, "hush"))


def test_event_is_described_by_its_headers() -> None:
    headers = signed(b"{}", ("X-Shopify-Topic", "orders/create"), ("X-Shopify-Webhook-Id", "b54557")).headers

    assert scheme.event_type(headers, {}) == "shopify.orders/create"
    assert scheme.delivery_id(headers, {}) == "b54557"
    assert scheme.kept_headers(headers) == {"x-shopify-topic": "orders/create", "x-shopify-webhook-id": "b54557"}

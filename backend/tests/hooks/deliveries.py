"""Deliveries as tests make them, without HTTP."""

from __future__ import annotations

import pytest

from app.errors import DeliveryRefused
from app.hooks.headers import read_headers
from app.hooks.scheme import Delivery, HmacOptions, Proof, Scheme


def delivery(
    body: bytes | str = b"{}", *headers: tuple[str, str], url: str = "https://x.test/hooks/h", at: float = 0
) -> Delivery:
    """A delivery with these headers, at this time."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return Delivery(read_headers(raw), body.encode() if isinstance(body, str) else body, lambda: url, at)


def proof_of(scheme: Scheme, *secrets: str, hmac: HmacOptions | None = None) -> Proof:
    """The proof of a hook with these secrets."""
    return Proof(tuple(map(scheme.key_of, secrets)), hmac)


def refusal(scheme: Scheme, sent: Delivery, proof: Proof) -> str:
    """The reason for which a delivery is refused."""
    with pytest.raises(DeliveryRefused) as refused:
        scheme.verify(sent, proof)
    return str(refused.value)

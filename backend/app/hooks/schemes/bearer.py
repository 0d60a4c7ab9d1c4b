"""``bearer``: a token in the header ``Authorization`` (RFC 6750)."""

from __future__ import annotations

import re

from app.errors import DeliveryRefused
from app.hooks.scheme import Delivery, Proof, Scheme
from app.hooks.signatures import is_any_of

_TOKEN = re.compile(r"[!-~]+")


class Bearer(Scheme):
    name = "bearer"
    challenge = "Bearer"

    def key_of(self, secret: str) -> bytes:
        if not _TOKEN.fullmatch(secret):
            raise ValueError("must be a token of visible ASCII characters, which a header can carry")
        return secret.encode()

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        kind, _, given = delivery.headers.require("Authorization").partition(" ")
        if kind.lower() != "bearer" or not is_any_of([given.strip(" ")], proof.keys):
            raise DeliveryRefused(
                "The header Authorization has no token of this hook; set the same token at the sender and here."
            )


scheme = Bearer()

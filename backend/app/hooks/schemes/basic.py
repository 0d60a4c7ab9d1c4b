"""``basic``: the user and the password of HTTP's basic authentication (RFC 7617)."""

from __future__ import annotations

import base64

from app.errors import DeliveryRefused
from app.hooks.scheme import Delivery, Proof, Scheme
from app.hooks.signatures import is_any_of


class Basic(Scheme):
    name = "basic"
    challenge = 'Basic realm="hooks", charset="UTF-8"'

    def key_of(self, secret: str) -> bytes:
        if not secret.partition(":")[0] or not secret.partition(":")[2]:
            raise ValueError("must be a user and a password with a colon between them, as in user:password")
        return base64.b64encode(secret.encode())

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        kind, _, given = delivery.headers.require("Authorization").partition(" ")
        if kind.lower() != "basic" or not is_any_of([given.strip(" ")], proof.keys):
            raise DeliveryRefused(
                "The header Authorization has no user and password of this hook; set the same at the sender and here."
            )


scheme = Basic()

"""``hmac``: a signature of the body in a header of one's choice, for senders that have no scheme of their own here."""

from __future__ import annotations

from app.hooks.scheme import Delivery, HmacOptions, Proof, Scheme
from app.hooks.signatures import require_any_of, sign


class Hmac(Scheme):
    name = "hmac"

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        options = proof.hmac or HmacOptions("X-Signature")
        given = delivery.headers.require(options.header)
        prefix = options.prefix.encode()
        # Hexadecimal digits may be written in capitals; base64 may not.
        found = given if options.encoding == "base64" else options.prefix + given[len(options.prefix) :].lower()
        found = found if given.startswith(options.prefix) else ""
        expected = (prefix + sign(key, delivery.body, options.algorithm, options.encoding) for key in proof.keys)
        require_any_of(options.header, [found], expected)


scheme = Hmac()

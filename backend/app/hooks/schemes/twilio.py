"""
``twilio``: the URL and the fields of the form are signed; https://www.twilio.com/docs/usage/webhooks/webhooks-security.

Other bodies than forms are covered by their SHA-256, which Twilio adds to the URL as ``bodySHA256``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from app.errors import DeliveryRefused
from app.hooks.forms import is_form, read_fields
from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme, text_at
from app.hooks.signatures import is_any_of, require_any_of, sign

SIGNATURE = "X-Twilio-Signature"
#: Says ``key=…,algorithm=HMAC_SHA256`` where a shared key signs, and is missing where the token of the account does.
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
_PORTS = {"http": ":80", "https": ":443"}
#: Scheme, host, port and the rest; an IPv6 address has brackets.
_URL = re.compile(r"([^:]*)://(\[[^\]]*\]|[^:/?\[]*)(:\d+)?([/?].*|)", re.DOTALL)


class Twilio(Scheme):
    name = "twilio"
    header_prefixes = ("x-twilio-", "i-twilio-")
    withheld = frozenset({SIGNATURE.lower(), SETTINGS.lower()})

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        given = delivery.headers.require(SIGNATURE)
        algorithm = "sha256" if "algorithm=HMAC_SHA256" in (delivery.headers.get(SETTINGS) or "") else "sha1"
        fields = self._signed_fields(delivery)
        contents = [(url + fields).encode() for url in spellings(delivery.url())]
        expected = (sign(key, content, algorithm, "base64") for key in proof.keys for content in contents)
        require_any_of(SIGNATURE, [given], expected)

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return text_at(payload, "MessageStatus") or "incoming"

    def acknowledgement(self, headers: Headers) -> tuple[bytes, str] | None:
        """TwiML that does nothing; Twilio would send text to the person, and reports JSON as an error."""
        return b"<Response/>", "text/xml"

    def _signed_fields(self, delivery: Delivery) -> str:
        """The fields of a form as they are signed; empty for another body, whose hash the URL must have."""
        if not delivery.body:
            return ""
        if is_form(delivery.headers.values.get("content-type", "")):
            return join_fields(read_fields(delivery.body))
        given = parse_qs(delivery.url().partition("?")[2]).get("bodySHA256", [])
        if not is_any_of(given[:1], [hashlib.sha256(delivery.body).hexdigest().encode()]):
            raise DeliveryRefused(
                "The body is not covered by the signature: it is neither a form nor that of bodySHA256 in the URL."
            )
        return ""


def join_fields(fields: Sequence[tuple[str, str]]) -> str:
    """Names and values without anything between them, sorted; a value that a field has twice counts once."""
    return "".join(name + value for name, value in sorted(set(fields)))


def spellings(url: str) -> list[str]:
    """The URL without its port and with it: Twilio signs either one."""
    found = _URL.fullmatch(url)
    if found is None:
        return [url]
    kind, host, port, rest = found.groups()
    return [f"{kind}://{host}{rest}", f"{kind}://{host}{port or _PORTS.get(kind, ':80')}{rest}"]


scheme = Twilio()

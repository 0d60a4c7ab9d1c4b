"""``slack``: events, commands and interactions; https://docs.slack.dev/authentication/verifying-requests-from-slack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import InvalidInput
from app.hooks.forms import is_form
from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme, text_at
from app.hooks.signatures import require_any_of, require_recent, sign

SIGNATURE = "X-Slack-Signature"
TIME = "X-Slack-Request-Timestamp"


class Slack(Scheme):
    name = "slack"
    header_prefixes = ("x-slack-",)
    withheld = frozenset({SIGNATURE.lower()})
    json_field = "payload"

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        given, time = delivery.headers.require(SIGNATURE), delivery.headers.require(TIME)
        content = b"v0:" + time.encode("latin-1") + b":" + delivery.body
        require_any_of(SIGNATURE, [given], (b"v0=" + sign(key, content) for key in proof.keys))
        require_recent(TIME, time, delivery.at)

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        """The type of the inner event, as ``message``; of an interaction, as ``block_actions``; or the command."""
        places = (("event", "type"), ("type",), ("payload", "type"), ("command",))
        return next((name for place in places if (name := text_at(payload, *place))), None)

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return text_at(payload, "event_id")

    def handshake(self, headers: Headers, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        if payload.get("type") != "url_verification":
            return None
        challenge = text_at(payload, "challenge")
        if challenge is None:
            raise InvalidInput("The url_verification has no challenge; Slack sends one, as text.")
        return {"challenge": challenge}

    def acknowledgement(self, headers: Headers) -> tuple[bytes, str] | None:
        """Commands and interactions are forms; Slack shows people what these are answered with."""
        return (b"", "text/plain") if is_form(headers.values.get("content-type", "")) else None


scheme = Slack()

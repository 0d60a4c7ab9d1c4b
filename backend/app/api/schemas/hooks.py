"""Bodies and responses of hooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictStr

from app.api.schemas.common import documented, storable
from app.api.schemas.events import LEAD

#: The name of a hook in examples.
HOOK = "orders"
#: Names of hooks, which are the ends of URLs.
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
#: Secrets that a hook may have at the same time.
MAX_SECRETS = 10

SchemeName = Literal[
    "github", "gitlab", "stripe", "slack", "shopify", "twilio", "standard", "hmac", "basic", "bearer", "none"
]
HookName = Annotated[str, Path(description="The name of a hook.", examples=[HOOK])]


def encodable(text: str) -> str:
    """The text, if it can be sent. Raises ValueError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half a surrogate pair") from None
    return storable(text)


Secret = Annotated[StrictStr, Field(min_length=1, max_length=1000), AfterValidator(encodable)]
HeaderName = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
Prefix = Annotated[StrictStr, Field(pattern=r"^[ -~]{0,100}$")]


class HookChange(BaseModel):
    """What is to change of a hook; what is left out stays as it is."""

    model_config = documented({"secret": ["the new secret", "the secret of before"]}, extra="forbid")

    scheme: SchemeName | None = Field(None, description="How deliveries are verified.")
    secret: Secret | Annotated[list[Secret], Field(min_length=1, max_length=MAX_SECRETS)] | None = Field(
        None, description="The secret, or several that are all accepted; `user:password` for basic, a token for bearer."
    )
    header: HeaderName | None = Field(None, description="Only hmac: the header of the signature.")
    algorithm: Literal["sha256", "sha1", "sha512"] | None = Field(None, description="Only hmac; sha256 if left out.")
    encoding: Literal["hex", "base64"] | None = Field(None, description="Only hmac; hex if left out.")
    prefix: Prefix | None = Field(None, description="Only hmac: text before the signature, such as `sha256=`.")
    verify_token: Secret | None = Field(None, description="What `hub.verify_token` must be in the handshake of Meta.")
    is_active: StrictBool | None = Field(None, description="False: deliveries get 404.")


class HookBody(HookChange):
    """A hook."""

    model_config = documented({"name": HOOK, "scheme": "github", "secret": "a long random text"}, extra="forbid")

    name: Annotated[StrictStr, Field(pattern=f"^{NAME}$", description="The end of its URL.")]
    scheme: SchemeName = Field(description="How deliveries are verified.")


class HookRead(BaseModel):
    """A hook, without its secrets."""

    model_config = documented(
        {
            "id": "0199c1f0-3c19-7b02-9d4e-7a1b2c3d4e5f",
            "name": HOOK,
            "scheme": "hmac",
            "url": "https://flows.example.com/hooks/orders",
            "secrets": 1,
            "header": "X-Signature",
            "algorithm": "sha256",
            "encoding": "hex",
            "prefix": "sha256=",
            "has_verify_token": False,
            "is_active": True,
            "refused": 2,
            "created_at": "2026-01-31T09:30:00Z",
            "updated_at": "2026-01-31T09:30:00Z",
        }
    )

    id: str
    name: str
    scheme: SchemeName
    #: Where the sender has to deliver.
    url: str
    #: The number of its secrets.
    secrets: int
    #: The next four only for ``hmac``.
    header: str | None = None
    algorithm: str | None = None
    encoding: str | None = None
    prefix: str | None = None
    has_verify_token: bool
    is_active: bool
    #: Deliveries that were refused since it was created.
    refused: int
    created_at: datetime
    updated_at: datetime


class RefusalRead(BaseModel):
    """A delivery that was refused."""

    model_config = documented(
        {
            "at": "2026-01-31T09:30:00Z",
            "reason": "The delivery has no header X-Hub-Signature-256; set the secret of this hook at the sender,"
            " and check its scheme.",
            "delivery_id": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "address": "140.82.115.1",
        }
    )

    at: datetime
    reason: str
    #: The sender's id of the delivery, if a header has one; it is not verified.
    delivery_id: str | None
    address: str | None


_ANY: dict[str, Any] = {"description": "As the sender writes it."}
#: What a delivery may contain.
DELIVERY_CONTENT: dict[str, Any] = {
    "application/json": {"schema": _ANY, "example": LEAD},
    "application/x-www-form-urlencoded": {
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "example": {"MessageSid": "SM1", "Body": "Hello"},
    },
    "text/plain": {"schema": {"type": "string"}, "example": "Disk full"},
}

"""Bodies and responses of keys, sessions and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StrictInt, StrictStr

from app.access.caller import CallerKind
from app.access.scopes import Scope
from app.api.schemas.common import WORKFLOW, Moment, Name, documented, storable

KEY = "0199c1f4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
_TEXT = "tg_b2Zh5mYw0k8Lq3xVn1Rj7cTs4uEa9dFg6hJpMiKoNrQ"
_KEY: dict[str, Any] = {
    "id": KEY,
    "name": "ci",
    "prefix": _TEXT[:9],
    "scopes": ["events:write"],
    "workflow_prefix": None,
    "requests_per_second": None,
    "bytes_per_minute": None,
    "created_at": "2026-01-31T09:30:00Z",
    "created_by": "ADMIN_KEY",
    "expires_at": "2026-12-31T00:00:00Z",
    "last_used_at": None,
}


class KeyBody(BaseModel):
    """A key that is to be made."""

    model_config = documented(
        {"name": "ci", "scopes": ["events:write"], "expires_at": "2026-12-31T00:00:00Z"}, extra="forbid"
    )

    name: Annotated[Name, AfterValidator(str.strip), Field(max_length=200)]
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_at: Moment | None = Field(None, description="Null: it does not expire.")
    workflow_prefix: Annotated[StrictStr, Field(min_length=1, max_length=500), AfterValidator(storable)] | None = Field(
        None, description="It sees only workflows whose name begins so, their executions and their approvals."
    )
    requests_per_second: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Per API process; null: SENDER_REQUESTS_PER_SECOND."
    )
    bytes_per_minute: Annotated[StrictInt, Field(ge=1, le=10**12)] | None = Field(
        None, description="Per API process; null: SENDER_BYTES_PER_MINUTE."
    )


class KeyRead(BaseModel):
    model_config = documented(_KEY)

    id: str
    name: str
    prefix: str = Field(description="The first characters of the key, by which you recognise it.")
    scopes: list[str]
    workflow_prefix: str | None
    requests_per_second: int | None
    bytes_per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute; null: never.")


class NewKeyRead(KeyRead):
    model_config = documented({**_KEY, "key": _TEXT})

    key: str = Field(description="The key itself, this once: only a digest of it is kept.")


class KeyRevoked(BaseModel):
    model_config = documented({"status": "revoked"})

    status: Literal["revoked"]


class MeRead(BaseModel):
    model_config = documented(
        {
            "name": "ci",
            "kind": "key",
            "scopes": ["events:write"],
            "workflow_prefix": None,
            "auth": "keys",
            "environment": "prod",
        }
    )

    name: str
    kind: CallerKind
    scopes: list[str] = Field(description="As they were granted; `admin` implies all others.")
    workflow_prefix: str | None
    auth: Literal["off", "keys", "oidc"]
    environment: str = Field(description="The name of the deployment, `ENVIRONMENT`; the studio shows it.")


class SessionBody(BaseModel):
    """The key with which a person signs in at the studio."""

    model_config = documented({"key": _TEXT}, extra="forbid")

    key: Annotated[StrictStr, Field(min_length=1, max_length=600)]


class SignInRead(BaseModel):
    model_config = documented({"auth": "oidc", "login": "/session/login"})

    auth: Literal["off", "keys", "oidc"]
    login: str | None = Field(description="Where the browser goes to sign in at the OpenID provider; null: nowhere.")


class SignedOut(BaseModel):
    model_config = documented({"status": "signed out"})

    status: Literal["signed out"]


class AuditRead(BaseModel):
    model_config = documented(
        {
            "id": "0199c1f5-0d1e-7f2a-9b3c-4d5e6f7a8b9c",
            "at": "2026-01-31T09:30:00Z",
            "actor": "ann@example.com",
            "address": "192.0.2.7",
            "action": "save",
            "thing": "workflow",
            "thing_id": WORKFLOW,
            "detail": {"name": "Expenses", "version": 3},
        }
    )

    id: str
    at: datetime
    actor: str
    address: str | None
    action: str
    thing: str
    thing_id: str | None
    detail: dict[str, Any] | None

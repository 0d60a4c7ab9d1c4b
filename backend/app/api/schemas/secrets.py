"""Bodies and responses of ``/secrets`` and ``/credentials``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field, StrictStr

from app.api.schemas.common import WORKFLOW, documented

_SECRET_USE = {"kind": "credential", "id": None, "name": "github"}
_WORKFLOW_USE = {"kind": "workflow", "id": WORKFLOW, "name": "Label new issues"}
_UPDATED = "2026-01-31T09:30:00.860Z"

SecretName = Annotated[str, Path(description="The name of a secret.", examples=["GITHUB_TOKEN"])]
CredentialName = Annotated[str, Path(description="The name of a credential.", examples=["github"])]
#: A member that names a secret.
SecretReference = Annotated[StrictStr, Field(max_length=100)]
Text = Annotated[StrictStr, Field(min_length=1, max_length=2000)]


class UseRead(BaseModel):
    """A thing that names the secret or the credential, by its current definition."""

    kind: str = Field(description="`workflow` or `credential`.")
    id: str | None
    name: str


class SecretBody(BaseModel):
    model_config = documented({"value": "a text that nobody can guess"}, extra="forbid")

    value: StrictStr = Field(description="It can be written and never read; at least four characters.")


class SecretRead(BaseModel):
    """A secret without its value."""

    model_config = documented({"name": "GITHUB_TOKEN", "updated_at": _UPDATED, "used_by": [_SECRET_USE]})

    name: str
    updated_at: datetime
    used_by: list[UseRead]


class SecretDeleted(BaseModel):
    model_config = documented({"status": "deleted", "used_by": [_SECRET_USE]})

    status: str
    #: Their steps fail from now on.
    used_by: list[UseRead]


class _CredentialBody(BaseModel):
    hosts: list[StrictStr] = Field(
        description="Where it may be sent: `api.example.com` (https, port 443), `*.example.com`,"
        " `api.example.com:8443`, `http://localhost:8080`."
    )


class BearerBody(_CredentialBody):
    """``Authorization: Bearer …``."""

    model_config = documented({"type": "bearer", "token": "GITHUB_TOKEN", "hosts": ["api.github.com"]}, extra="forbid")

    type: Literal["bearer"]
    token: SecretReference = Field(description="The name of the secret with the token.")


class BasicBody(_CredentialBody):
    """``Authorization: Basic …``."""

    model_config = documented(
        {"type": "basic", "username": "robot", "password": "JIRA_PASSWORD", "hosts": ["*.atlassian.net"]},
        extra="forbid",
    )

    type: Literal["basic"]
    username: Text
    password: SecretReference = Field(description="The name of the secret with the password.")


class HeaderBody(_CredentialBody):
    """A header of any name."""

    model_config = documented(
        {"type": "header", "header": "X-API-Key", "value": "MAPS_KEY", "hosts": ["maps.example.com"]}, extra="forbid"
    )

    type: Literal["header"]
    header: Text = Field(description="The name of the header.")
    value: SecretReference = Field(description="The name of the secret with its value.")
    prefix: Text | None = Field(None, description="A text before the value, such as `Token `.")


class OAuthClientBody(_CredentialBody):
    """``Authorization: Bearer …`` with a token of an OAuth 2 server, by client credentials."""

    model_config = documented(
        {
            "type": "oauth2_client",
            "token_url": "https://id.example.com/oauth/token",
            "client_id": "trigraph",
            "client_secret": "CRM_CLIENT_SECRET",
            "scope": "contacts:read",
            "hosts": ["crm.example.com"],
        },
        extra="forbid",
    )

    type: Literal["oauth2_client"]
    token_url: Text = Field(description="The token endpoint: https, or http at a place that `hosts` names.")
    client_id: Text
    client_secret: SecretReference = Field(description="The name of the secret with the client's secret.")
    scope: Text | None = None
    audience: Text | None = None
    client_auth: Literal["basic", "body"] = Field("basic", description="How id and secret are sent to the endpoint.")


#: Bodies by type.
BODIES: dict[str, type[_CredentialBody]] = {
    "bearer": BearerBody,
    "basic": BasicBody,
    "header": HeaderBody,
    "oauth2_client": OAuthClientBody,
}


class CredentialRead(BaseModel):
    """A credential; its secrets are names."""

    model_config = documented(
        {
            "name": "github",
            "type": "bearer",
            "hosts": ["api.github.com"],
            "token": "GITHUB_TOKEN",
            "updated_at": _UPDATED,
            "used_by": [_WORKFLOW_USE],
        },
        extra="allow",
    )

    name: str
    type: str
    hosts: list[str]
    updated_at: datetime
    used_by: list[UseRead]

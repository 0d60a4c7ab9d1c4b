"""Credentials: how a request is authorized, with secrets by name, and the hosts that it may be sent to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.secrets.hosts import HostRule, parse_host
from app.storage.secrets import CredentialRow

#: Names of secrets and of credentials.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
#: The members of each type that name a secret.
SECRET_MEMBERS: Mapping[str, str] = {
    "bearer": "token",
    "basic": "password",
    "header": "value",
    "oauth2_client": "client_secret",
}


@dataclass(frozen=True)
class Credential:
    """A credential as it is stored."""

    name: str
    #: ``bearer``, ``basic``, ``header`` or ``oauth2_client``.
    type: str
    hosts: tuple[HostRule, ...]
    #: The hosts as their author wrote them, for messages.
    written_hosts: tuple[str, ...]
    settings: Mapping[str, Any]

    @property
    def secret(self) -> str:
        """The name of the secret in it."""
        return str(self.settings[SECRET_MEMBERS[self.type]])

    def covers(self, scheme: str, host: str, port: int) -> bool:
        return any(rule.covers(scheme, host, port) for rule in self.hosts)


def read_credential(row: CredentialRow) -> Credential:
    rules = tuple(parse_host(host) for host in row.hosts)
    return Credential(row.name, row.type, rules, tuple(row.hosts), row.settings)

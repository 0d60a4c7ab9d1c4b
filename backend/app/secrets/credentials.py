"""Credentials: how a request is authorized, with secrets by name, and the hosts that it may be sent to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidInput
from app.graph.names import quote
from app.secrets.hosts import PORTS, HostRule, parse_host
from app.setting_values import split_url
from app.storage.stored_secrets import CredentialRow

#: Names of secrets and of credentials.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
#: The members of each type that name a secret.
SECRET_MEMBERS: Mapping[str, str] = {
    "bearer": "token",
    "basic": "password",
    "header": "value",
    "oauth2_client": "client_secret",
}
#: Hosts of one credential.
MOST_HOSTS = 100
#: Headers that the client sets itself, or that decide how a request is read.
RESERVED_HEADERS = frozenset(
    ["host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer", "upgrade", "expect"]
)
#: The name of a header (RFC 9110, 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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


def check_credential(
    type: str, hosts: Sequence[str], settings: Mapping[str, Any], *, has_secret: Callable[[str], bool]
) -> None:
    """
    Raise InvalidInput for a credential that could never be sent, or that could be sent to places nobody names.

    ``has_secret`` is true for the name of a secret that exists: a value that is given in place of a name is refused.
    """
    rules = _check_hosts(hosts)
    secret = str(settings[SECRET_MEMBERS[type]])
    if not NAME.fullmatch(secret) or not has_secret(secret):
        raise InvalidInput(
            f"{SECRET_MEMBERS[type]} must be the name of a secret that exists, and not its value; store the value by"
            " PUT /secrets/{name} first."
        )
    for member, value in settings.items():
        if isinstance(value, str) and _CONTROL.search(value):
            raise InvalidInput(f"{member} has a line break or another control character; remove it.")
    if type == "basic" and ":" in settings["username"]:
        raise InvalidInput("username has a colon, which ends it in HTTP's basic authentication; remove it.")
    if type == "header":
        _check_header(settings["header"])
    if type == "oauth2_client":
        _check_token_url(settings["token_url"], rules)


def _check_hosts(hosts: Sequence[str]) -> list[HostRule]:
    if not 0 < len(hosts) <= MOST_HOSTS:
        raise InvalidInput(f"hosts has {len(hosts)} entries; name 1 to {MOST_HOSTS} hosts that may be sent this.")
    try:
        return [parse_host(host) for host in hosts]
    except ValueError as error:
        raise InvalidInput(f"hosts: {error}.") from None


def _check_header(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise InvalidInput(f"header is {quote(name)}; the name of a header has letters, digits and - only.")
    if name.lower() in RESERVED_HEADERS:
        raise InvalidInput(f"header is {quote(name)}, which the client sets itself; name another header.")


def _check_token_url(url: str, rules: Sequence[HostRule]) -> None:
    """A token endpoint is called by https; by http only where the hosts of the credential name its place so."""
    parts = split_url(url)
    if parts is None or parts.scheme not in PORTS or not parts.hostname or parts.username or parts.fragment:
        raise InvalidInput("token_url is not an https:// URL without a user; write https://id.example.com/oauth/token.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = (parts.scheme, host, parts.port or PORTS[parts.scheme])
    if parts.scheme == "http" and not any(rule.covers(*origin) for rule in rules):
        raise InvalidInput(
            f"token_url is sent without encryption to http://{host}:{origin[2]}; write https://, or name that place in"
            " hosts."
        )

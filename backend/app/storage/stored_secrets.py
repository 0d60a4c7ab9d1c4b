"""The secrets and credentials that exist, as processes read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.storage.database import ConnectionPool, driver


class CredentialRow(NamedTuple):
    """A credential; the secrets in its settings are names."""

    name: str
    type: str
    hosts: list[str]
    settings: Mapping[str, Any]
    updated_at: datetime


class SealedRow(NamedTuple):
    """A row of a secret, or of a value that it had; ``sealed`` is None where the secret was deleted."""

    name: str
    sealed: bytes | None
    is_former: bool


class StoredNames(NamedTuple):
    """The names that exist."""

    secrets: frozenset[str]
    credentials: frozenset[str]


# One statement, and so one snapshot.
_ALL = """
SELECT name, sealed, false, NULL::text, NULL::json, NULL::json, updated_at FROM secrets
UNION ALL
SELECT name, sealed, true, NULL, NULL, NULL, replaced_at FROM former_secrets
WHERE replaced_at > now() - interval '1 day'
UNION ALL
SELECT name, NULL, false, type, hosts, settings, updated_at FROM credentials
"""


def read_secrets(engine: ConnectionPool) -> tuple[list[SealedRow], list[CredentialRow]]:
    """Every secret with the values that it had in the last day, and every credential."""
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(_ALL)
        rows = cursor.fetchall()
    secrets, credentials = [], []
    for name, sealed, is_former, type, hosts, settings, updated_at in rows:
        if type is None:
            secrets.append(SealedRow(name, None if sealed is None else bytes(sealed), is_former))
        else:
            credentials.append(CredentialRow(name, type, hosts, settings, updated_at))
    return secrets, credentials

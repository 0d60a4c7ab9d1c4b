"""Credentials: what a secret is sent as, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.models.secrets import Credential
from app.storage.stored_secrets import CredentialRow

_CREDENTIAL = (Credential.name, Credential.type, Credential.hosts, Credential.settings, Credential.updated_at)


def list_credentials(session: Session) -> list[CredentialRow]:
    """All credentials, by name."""
    return [CredentialRow(*row) for row in session.execute(select(*_CREDENTIAL).order_by(Credential.name))]


def get_credential(session: Session, name: str) -> CredentialRow:
    """Raises NotFound."""
    row = session.execute(select(*_CREDENTIAL).where(Credential.name == name)).first()
    if row is None:
        raise NotFound.of("Credential", name)
    return CredentialRow(*row)


def store_credential(
    session: Session, name: str, *, type: str, hosts: Sequence[str], settings: Mapping[str, Any]
) -> bool:
    """Write a credential; True where it is new."""
    row = {"type": type, "hosts": list(hosts), "settings": dict(settings), "updated_at": func.now()}
    query = insert(Credential).values(name=name, **row)
    stored = query.on_conflict_do_update(index_elements=[Credential.name], set_=row)
    # A row that an update has replaced names the transaction that did it.
    return bool(session.execute(stored.returning(literal_column("xmax = 0"))).scalar_one())


def delete_credential(session: Session, name: str) -> None:
    """Raises NotFound."""
    gone = session.execute(delete(Credential).where(Credential.name == name).returning(Credential.name)).first()
    if gone is None:
        raise NotFound.of("Credential", name)

"""Secrets: their sealed values by name."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import new_id
from app.storage.models.secrets import Credential, FormerSecret, Secret
from app.storage.stored_secrets import StoredNames

#: Former values of one secret that are kept.
MOST_FORMER = 8
#: How long they are kept.
_KEPT = text("interval '1 day'")


class SecretRow(NamedTuple):
    """A secret without its value."""

    name: str
    updated_at: datetime


def list_secrets(session: Session) -> list[SecretRow]:
    """The secrets that are not deleted, by name."""
    query = select(Secret.name, Secret.updated_at).where(Secret.deleted_at.is_(None)).order_by(Secret.name)
    return [SecretRow(*row) for row in session.execute(query)]


def get_secret(session: Session, name: str) -> SecretRow:
    """Raises NotFound, also where it was deleted."""
    query = select(Secret.name, Secret.updated_at).where(Secret.name == name, Secret.deleted_at.is_(None))
    row = session.execute(query).first()
    if row is None:
        raise NotFound.of("Secret", name)
    return SecretRow(*row)


def lock_secret(session: Session, name: str) -> Secret | None:
    """The row of a secret, also of a deleted one, locked until this transaction ends."""
    found: Secret | None = session.scalar(select(Secret).where(Secret.name == name).with_for_update())
    return found


def store_secret(session: Session, name: str, sealed: bytes) -> None:
    """Write the value of a secret that is new, deleted or locked."""
    row = {"sealed": sealed, "updated_at": func.now(), "deleted_at": None}
    query = insert(Secret).values(name=name, **row)
    session.execute(query.on_conflict_do_update(index_elements=[Secret.name], set_=row))


def keep_former(session: Session, name: str, sealed: bytes) -> None:
    """Keep a value that is replaced, and forget the oldest ones."""
    session.add(FormerSecret(id=new_id(), name=name, sealed=sealed))
    session.flush()
    newest = select(FormerSecret.id).where(FormerSecret.name == name).order_by(FormerSecret.id.desc())
    kept = newest.limit(MOST_FORMER).scalar_subquery()
    session.execute(delete(FormerSecret).where(FormerSecret.name == name, FormerSecret.id.not_in(kept)))
    session.execute(delete(FormerSecret).where(FormerSecret.replaced_at < func.now() - _KEPT))


def delete_secret(session: Session, secret: Secret) -> None:
    """Remove the value of a locked secret; its name stays, so that steps which need it can say so."""
    secret.sealed = None
    secret.deleted_at = func.now()
    session.flush()


def list_names(session: Session) -> StoredNames:
    """The names of secrets that are not deleted, and of credentials."""
    secrets = session.scalars(select(Secret.name).where(Secret.deleted_at.is_(None)))
    return StoredNames(frozenset(secrets), frozenset(session.scalars(select(Credential.name))))

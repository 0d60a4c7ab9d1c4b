"""Secrets and credentials: the sealed values, and who may be sent them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.database import Cursor, driver
from app.storage.ids import new_id
from app.storage.models.secrets import Credential, FormerSecret, Secret

#: Former values of one secret that are kept.
MOST_FORMER = 8
#: How long they are kept.
_KEPT = text("interval '1 day'")


class SecretRow(NamedTuple):
    """A secret without its value."""

    name: str
    updated_at: datetime


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


_CREDENTIAL = (Credential.name, Credential.type, Credential.hosts, Credential.settings, Credential.updated_at)


# --- secrets --------------------------------------------------------------------------------------------------------


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


# --- credentials ----------------------------------------------------------------------------------------------------


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


# --- what processes read --------------------------------------------------------------------------------------------


def list_names(session: Session) -> StoredNames:
    """The names of secrets that are not deleted, and of credentials."""
    secrets = session.scalars(select(Secret.name).where(Secret.deleted_at.is_(None)))
    return StoredNames(frozenset(secrets), frozenset(session.scalars(select(Credential.name))))


# One statement, and so one snapshot.
_ALL = """
SELECT name, sealed, false, NULL::text, NULL::json, NULL::json, updated_at FROM secrets
UNION ALL
SELECT name, sealed, true, NULL, NULL, NULL, replaced_at FROM former_secrets
WHERE replaced_at > now() - interval '1 day'
UNION ALL
SELECT name, NULL, false, type, hosts, settings, updated_at FROM credentials
"""


def read_secrets(engine: Engine) -> tuple[list[SealedRow], list[CredentialRow]]:
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


# --- rotation -------------------------------------------------------------------------------------------------------


class SealedColumn(NamedTuple):
    """A column of sealed values; one is sealed for the kind and the name of its thing, as ``secret GITHUB``."""

    kind: str
    table: str
    #: The column of the primary key.
    id: str = "name"
    #: The column with the name.
    name: str = "name"
    column: str = "sealed"


#: Every column of sealed values.
SEALED_COLUMNS = (
    SealedColumn("secret", "secrets"),
    SealedColumn("former secret", "former_secrets", id="id"),
    SealedColumn("hook", "hooks", column="sealed_secrets"),
    SealedColumn("verify token of hook", "hooks", column="sealed_verify_token"),
    SealedColumn("subscription", "webhook_subscriptions", id="id", name="id", column="secret"),
)


class OutdatedRow(NamedTuple):
    """A value that is not sealed under the newest key."""

    id: str
    name: str
    sealed: bytes


def lock_outdated(
    cursor: Cursor, column: SealedColumn, *, key_at: int, key: bytes, after: str, limit: int
) -> list[OutdatedRow]:
    """
    Lock values that name another key than ``key``, in the order of their ids and after the id ``after``.

    ``key_at`` is the number of the byte, from 1, at which a sealed value names its key.
    """
    cursor.execute(
        f"SELECT {column.id}::text, {column.name}::text, {column.column} FROM {column.table}"
        f" WHERE substring({column.column} FROM %(at)s FOR %(bytes)s) <> %(key)s"
        f' AND {column.id}::text COLLATE "C" > %(after)s ORDER BY {column.id}::text COLLATE "C"'
        " LIMIT %(limit)s FOR UPDATE",
        {"at": key_at, "bytes": len(key), "key": key, "after": after, "limit": limit},
    )
    return [OutdatedRow(id, name, bytes(sealed)) for id, name, sealed in cursor.fetchall()]


def replace_sealed(cursor: Cursor, column: SealedColumn, id: str, sealed: bytes) -> None:
    """Write the new form of a locked value."""
    cursor.execute(f"UPDATE {column.table} SET {column.column} = %s WHERE {column.id}::text = %s", (sealed, id))

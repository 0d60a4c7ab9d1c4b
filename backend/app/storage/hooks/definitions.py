"""Hooks: saved, listed, and read by the processes that take their deliveries."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import delete, func, literal_column, select, text
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.storage.database import Cursor, fetch_row
from app.storage.ids import new_id
from app.storage.models.hooks import HookRefusal, HookRow
from app.storage.pages import Page, PageOf


class Definition(NamedTuple):
    """A hook as the processes that take its deliveries need it."""

    id: str
    name: str
    scheme: str
    options: dict[str, Any] | None
    sealed_secrets: bytes | None
    sealed_verify_token: bytes | None
    is_active: bool


class Edition(NamedTuple):
    """The state of all hooks together; another one after each save and deletion."""

    hooks: int
    newest_revision: int


_EDITION = "SELECT count(*), coalesce(max(revision), 0) FROM hooks"
_DEFINITIONS = "SELECT id, name, scheme, options, sealed_secrets, sealed_verify_token, is_active FROM hooks"


def fetch_edition(cursor: Cursor) -> Edition:
    """The present edition; read it before the definitions, so that a save in between is noticed by the next check."""
    cursor.execute(_EDITION)
    return Edition(*fetch_row(cursor))


def list_definitions(cursor: Cursor) -> list[Definition]:
    """All hooks."""
    cursor.execute(_DEFINITIONS)
    return [Definition(*row) for row in cursor.fetchall()]


def list_hooks(session: Session, page: Page) -> PageOf[HookRow]:
    """Hooks, newest first."""
    id = HookRow.__table__.c.id
    return page.cut(session.scalars(page.of(select(HookRow), id)).all())


def get_hook(session: Session, name: str) -> HookRow:
    """The hook of this name. Raises NotFound."""
    row = session.scalar(select(HookRow).where(HookRow.name == name))
    if row is None:
        raise NotFound.of("Hook", name)
    return row


def create_hook(session: Session, name: str, columns: dict[str, Any]) -> HookRow:
    """A new hook. Raises Conflict if the name is taken."""
    lock_saves(session)
    if session.scalar(select(HookRow.id).where(HookRow.name == name)) is not None:
        raise Conflict(f"Hook {name} exists already; change it with PUT /hooks/{name}.")
    row = HookRow(id=new_id(), name=name, **columns)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def change_hook(session: Session, row: HookRow, columns: dict[str, Any]) -> HookRow:
    """Set columns of a hook, which becomes the newest revision; ``lock_saves`` comes first."""
    for column, value in {**columns, "revision": literal_column("DEFAULT"), "updated_at": func.now()}.items():
        setattr(row, column, value)
    session.flush()
    session.refresh(row)
    return row


def delete_hook(session: Session, row: HookRow) -> None:
    """Delete a hook and its refused deliveries; ``lock_saves`` comes first."""
    session.execute(delete(HookRefusal).where(HookRefusal.hook_id == row.id))
    session.delete(row)


def lock_saves(session: Session) -> None:
    """
    Keep other saves from committing before this one, until the transaction ends.

    So revisions become visible in their order. Refusals are written before or after it, not in the middle.
    """
    session.execute(text("LOCK TABLE hooks IN SHARE ROW EXCLUSIVE MODE"))

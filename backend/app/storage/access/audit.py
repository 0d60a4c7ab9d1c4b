"""The audit: deeds of people and keys; entries are added in the transaction of the deed, and never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.database import Cursor, cursor_of
from app.storage.ids import least_id_at, new_id
from app.storage.json_text import dumps
from app.storage.models.access import AuditEntry
from app.storage.pages import Page, PageOf
from app.storage.prepared import PreparedStatement


class Actor(Protocol):
    """The caller that did something."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def key_id(self) -> str | None: ...

    @property
    def address(self) -> str | None: ...


_INSERT = PreparedStatement(
    "record_deed",
    {
        **{"id": "uuid", "actor": "text", "kind": "text", "key_id": "uuid", "address": "text"},
        **{"action": "text", "thing": "text", "thing_id": "text", "detail": "json"},
    },
    """
INSERT INTO audit (id, actor, kind, key_id, address, action, thing, thing_id, detail)
VALUES (%(id)s, %(actor)s, %(kind)s, %(key_id)s, %(address)s, %(action)s, %(thing)s, %(thing_id)s, %(detail)s)""",
)
_PARAMETER = re.compile(r"%\((\w+)\)s")
#: What the deeds of one kind by one caller have in common.
_FIXED = ("actor", "kind", "key_id", "address", "action", "thing")
#: Seconds that the clock by which ids are made may differ from that of Postgres.
SKEW = 300.0


def record_deed(
    target: Session | Cursor,
    actor: Actor,
    action: str,
    thing: str,
    thing_id: str | None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Add an entry to the audit, in the open transaction of a session or a cursor; it is kept if that commits.

    ``action`` is a verb such as ``save``, ``thing`` a kind such as ``workflow``. ``detail`` must contain no secret.
    """
    cursor = cursor_of(target) if isinstance(target, Session) else target
    cursor.execute(text_of_deed(cursor, actor, action, thing, thing_id, detail))


def text_of_deed(
    cursor: Cursor,
    actor: Actor,
    action: str,
    thing: str,
    thing_id: str | None,
    detail: Mapping[str, Any] | None = None,
) -> bytes:
    """The same as a statement, to be sent together with others of the transaction."""
    fixed = (actor.name, actor.kind, actor.key_id, actor.address, action, thing)
    command = _command_of(cursor, _INSERT.command(cursor), fixed)
    more = {"id": new_id(), "thing_id": thing_id, "detail": dumps(detail) if detail else None}
    return cursor.mogrify(command, more)


#: Commands in which what a caller's deeds of one kind have in common is written already, by what that is.
_commands: dict[tuple[str, tuple[str | None, ...]], str] = {}
MOST_COMMANDS = 4096


def _command_of(cursor: Cursor, command: str, fixed: tuple[str | None, ...]) -> str:
    """The command with these values: quoting them anew for each deed costs as much as all else that it costs here."""
    found = _commands.get((command, fixed))
    if found is None:
        if len(_commands) >= MOST_COMMANDS:
            _commands.clear()
        quoted = [cursor.mogrify("%s", (value,)).decode().replace("%", "%%") for value in fixed]
        literals = dict(zip(_FIXED, quoted, strict=True))
        # In one pass: a name may look like a parameter.
        found = _PARAMETER.sub(lambda match: literals.get(match[1], match[0]), command)
        _commands[command, fixed] = found
    return found


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are asked for; None: any."""

    actor: str | None = None
    action: str | None = None
    thing: str | None = None
    thing_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def list_entries(session: Session, page: Page, wanted: AuditFilter) -> PageOf[AuditEntry]:
    """The entries of the audit, newest first."""
    query = select(AuditEntry)
    for name in ("actor", "action", "thing", "thing_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    # The ids, which have an index, find the place; the times decide.
    if wanted.start is not None:
        query = query.where(AuditEntry.id >= least_id_at(wanted.start, seconds=-SKEW), AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        query = query.where(AuditEntry.id < least_id_at(wanted.end, seconds=SKEW), AuditEntry.at < wanted.end)
    return page.cut(session.scalars(page.of(query, AuditEntry.id)).all())

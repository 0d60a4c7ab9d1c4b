"""The audit: deeds of people and keys; entries are added in the transaction of the deed, and never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from app.storage.database import Cursor
from app.storage.ids import new_id
from app.storage.json_text import dumps
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


class Deed(NamedTuple):
    """What a caller does, as the audit records it."""

    actor: Actor
    #: A verb, such as ``save``.
    action: str
    #: The kind of the thing, such as ``workflow``.
    thing: str
    #: Its id, or its name where it has no id.
    thing_id: str | None
    #: Must contain no secret.
    detail: Mapping[str, Any] | None = None


_TYPES = {
    **{"id": "uuid", "actor": "text", "kind": "text", "key_id": "uuid", "address": "text"},
    **{"action": "text", "thing": "text", "thing_id": "text", "detail": "json"},
}
_ADD = f"""INSERT INTO audit ({", ".join(_TYPES)})
SELECT {", ".join(f"%({name})s" for name in _TYPES)}"""
_INSERT = PreparedStatement("record_deed", _TYPES, _ADD)
# A statement of its own would cost Postgres half as much again.
_HOLD = PreparedStatement(
    "hold_execution_and_record_deed",
    {"execution": "uuid", **_TYPES},
    f"""
WITH held AS (SELECT FROM executions WHERE id = %(execution)s FOR UPDATE)
{_ADD} FROM held""",
)
_PARAMETER = re.compile(r"%\((\w+)\)s")
#: What the deeds of one kind by one caller have in common.
_FIXED = ("actor", "kind", "key_id", "address", "action", "thing")
#: Texts that SQL takes between quotes as they are, such as ids.
_PLAIN = re.compile(r"[\w-]*", re.ASCII)


def record_deed(
    cursor: Cursor,
    actor: Actor,
    action: str,
    thing: str,
    thing_id: str | None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the audit, in the open transaction of the cursor; it is kept if that commits."""
    cursor.execute(text_of_deed(cursor, Deed(actor, action, thing, thing_id, detail)))


def text_of_deed(cursor: Cursor, deed: Deed) -> bytes:
    """The statement that adds the entry, to be sent together with others of the transaction."""
    return _fill(cursor, _INSERT, deed)


def text_of_hold(cursor: Cursor, execution_id: str, deed: Deed) -> bytes:
    """The statement that locks the row of an execution and, if there is one, adds the entry."""
    return _fill(cursor, _HOLD, deed, execution_id)


#: Commands in which what a caller's deeds of one kind have in common is written already, by what that is.
_commands: dict[tuple[str | None, ...], str] = {}
MOST_COMMANDS = 4096


def _fill(cursor: Cursor, statement: PreparedStatement, deed: Deed, execution_id: str | None = None) -> bytes:
    """The statement with the values of a deed."""
    command = statement.command(cursor)
    actor, action, thing, thing_id, detail = deed
    fixed = (command, actor.name, actor.kind, actor.key_id, actor.address, action, thing)
    found = _commands.get(fixed) or _write_fixed(cursor, fixed)
    values = {
        "execution": _quote(cursor, execution_id),
        "id": f"'{new_id()}'",
        "thing_id": _quote(cursor, thing_id),
        "detail": _quote(cursor, dumps(detail)) if detail else "NULL",
    }
    return (found % values).encode()


def _write_fixed(cursor: Cursor, fixed: tuple[str | None, ...]) -> str:
    """The command with these values: quoting them anew for each deed would cost as much as all else of it."""
    if len(_commands) >= MOST_COMMANDS:
        _commands.clear()
    quoted = [_quote(cursor, value).replace("%", "%%") for value in fixed[1:]]
    literals = dict(zip(_FIXED, quoted, strict=True))
    # In one pass: a name may look like a parameter.
    found = _PARAMETER.sub(lambda match: literals.get(match[1], match[0]), str(fixed[0]))
    _commands[fixed] = found
    return found


def _quote(cursor: Cursor, value: str | None) -> str:
    """A text as a literal; the driver takes three times as long."""
    if value is None:
        return "NULL"
    if _PLAIN.fullmatch(value):
        return "'" + value + "'"
    return cursor.mogrify("%s", (value,)).decode()

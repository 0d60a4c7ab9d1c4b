"""An entry of the audit says what its deed was, whatever the names are."""

from __future__ import annotations

import pytest

from app.access.caller import Caller, CallerKind
from app.storage.access import audit
from app.storage.access.audit import record_deed
from app.storage.database import Cursor
from app.storage.ids import new_id

NAMES = ["ann", "%(kind)s', '%(thing_id)s", "%s %% %", "o'; DELETE FROM audit; --", "\\' \\", "Jürgen ☃", "$1"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_recorded_as_they_are(cursor: Cursor, name: str) -> None:
    caller = Caller(name, CallerKind.KEY, frozenset(), key_id=new_id(), address=name)

    for thing_id in (name, "other"):
        record_deed(cursor, caller, name, name, thing_id, {"n": name})

    cursor.execute(
        "SELECT actor, kind, key_id, address, action, thing, thing_id, detail FROM audit WHERE key_id = %s ORDER BY id",
        (caller.key_id,),
    )
    assert cursor.fetchall() == [
        (name, "key", caller.key_id, name, name, name, thing_id, {"n": name}) for thing_id in (name, "other")
    ]


def test_commands_that_are_remembered_are_bounded(cursor: Cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_COMMANDS", 3)

    for number in range(10):
        caller = Caller(f"bounded {number}", CallerKind.PERSON, frozenset())
        record_deed(cursor, caller, "do", "thing", None)

    assert len(audit._commands) <= 3
    cursor.execute("SELECT count(*) FROM audit WHERE actor LIKE 'bounded %'")
    assert cursor.fetchall() == [(10,)]

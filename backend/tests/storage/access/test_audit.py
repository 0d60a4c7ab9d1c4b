"""An entry of the audit says what its deed was, whatever the names are."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.access.caller import LOCAL, Caller, CallerKind
from app.storage.access import audit
from app.storage.access.audit import Deed, record_deed
from app.storage.access.audit_lists import AuditFilter, list_entries
from app.storage.database import Cursor
from app.storage.ids import new_id
from app.storage.pages import Page
from app.storage.walk.lock import lock_execution

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


@pytest.fixture
def execution(cursor: Cursor) -> str:
    with cursor.connection.cursor() as on:
        workflow, id = new_id(), new_id()
        on.execute(
            "INSERT INTO workflows (id, kind, name, document, is_active, catalog_revision)"
            " VALUES (%s, 'graph', %s, '{}', true, 1)",
            (workflow, workflow),
        )
        on.execute("INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, '{}')", (workflow,))
        on.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload) VALUES (%s, %s, 1, 'PENDING', '{}')",
            (id, workflow),
        )
    return id


def recorded(cursor: Cursor, thing_id: str) -> list[str]:
    cursor.execute("SELECT action FROM audit WHERE thing_id = %s ORDER BY id", (thing_id,))
    return [action for (action,) in cursor.fetchall()]


@pytest.mark.parametrize(("end", "kept"), [("COMMIT", ["pause"]), ("ROLLBACK", [])])
def test_deed_is_recorded_with_the_lock(cursor: Cursor, execution: str, end: str, kept: list[str]) -> None:
    locked = lock_execution(cursor, execution, first=True, deed=Deed(LOCAL, "pause", "execution", execution))
    cursor.execute(end)

    assert locked is not None
    assert recorded(cursor, execution) == kept


def test_deed_on_unknown_execution_is_not_recorded(cursor: Cursor) -> None:
    unknown = new_id()

    assert lock_execution(cursor, unknown, deed=Deed(LOCAL, "pause", "execution", unknown)) is None

    assert recorded(cursor, unknown) == []


MANY = """
INSERT INTO audit (id, actor, kind, action, thing, thing_id)
SELECT (lpad(to_hex(n), 12, '0') || repeat('7', 20))::uuid, 'actor ' || n % 500, 'key', 'save', 'workflow',
    'thing ' || n
FROM generate_series(1, 100000) n"""


@pytest.mark.parametrize(
    ("wanted", "count"), [(AuditFilter(thing_id="thing 40000"), 1), (AuditFilter(actor="actor 7", action="none"), 0)]
)
def test_entries_among_many_are_found_by_their_ranges(engine: Engine, wanted: AuditFilter, count: int) -> None:
    plans: list[str] = []
    with Session(engine) as session:
        session.execute(text(MANY))
        session.execute(text("SELECT brin_summarize_new_values('audit_ranges')"))
        session.execute(text("ANALYZE audit"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_indexscan = off"))

        @event.listens_for(session.connection(), "before_cursor_execute", retval=True)
        def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            if statement.startswith("SELECT") and not plans:
                cursor.execute(f"EXPLAIN {statement}", parameters)
                plans.extend(line for (line,) in cursor.fetchall())
            return statement, parameters

        found = list_entries(session, Page(), wanted)

    assert len(found.rows) == count
    assert any("audit_ranges" in line for line in plans), plans

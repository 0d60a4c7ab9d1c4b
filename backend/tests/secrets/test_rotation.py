"""Rotation on a real Postgres: in batches, ended in the middle, beside others that store values."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import Engine, LargeBinary

from app.errors import Conflict
from app.scripts.command_line import main
from app.scripts.stack.processes import wait_until
from app.secrets.box import Key, SecretBox, key_id
from app.secrets.rotation import rotate
from app.secrets.store import put_secret
from app.settings import BACKEND
from app.storage.database import driver
from app.storage.models import Base
from app.storage.orm import make_sessions
from app.storage.sealed_values import SEALED_COLUMNS
from app.storage.stored_secrets import read_secrets
from tests.servers import fetch

OLD, NEW = Key(b"o" * 32), Key(b"n" * 32)
BEFORE, BOTH, AFTER = SecretBox((OLD,)), SecretBox((NEW, OLD)), SecretBox((NEW,))
NEW_TEXT, BOTH_TEXT = (
    "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=",
    "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=,b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=",
)


def put(engine: Engine, name: str, value: str, box: SecretBox = BEFORE) -> None:
    with make_sessions(engine)() as session, session.begin():
        put_secret(session, box, name, value)


def open_all(engine: Engine, box: SecretBox) -> dict[str, str]:
    """Every value that is stored, by kind and name. Raises DecryptionFailed."""
    kinds = {False: "secret", True: "former secret"}
    named = {f"{kinds[row.is_former]} {row.name}": row.sealed for row in read_secrets(engine)[0] if row.sealed}
    return {name: box.open_sealed(name, sealed) for name, sealed in named.items()}


def keys_used(engine: Engine) -> list[bytes]:
    return sorted({key_id(row.sealed) for row in read_secrets(engine)[0] if row.sealed})


def test_every_value_moves_to_the_newest_key(engine: Engine) -> None:
    for number in range(5):
        put(engine, f"S{number}", f"value-{number}")
    put(engine, "S0", "value-0-again")
    before = open_all(engine, BEFORE)

    batches = list(rotate(engine, BOTH, batch=2))

    assert [batch.rotated for batch in batches] == [2, 2, 1, 1]
    assert open_all(engine, AFTER) == before
    assert before["former secret S0"] == "value-0"
    assert list(rotate(engine, BOTH)) == []


def test_rotation_that_ends_in_the_middle_can_begin_again(engine: Engine) -> None:
    for number in range(5):
        put(engine, f"S{number}", f"value-{number}")
    before = open_all(engine, BEFORE)

    begun = rotate(engine, BOTH, batch=2)
    next(begun)
    begun.close()

    assert keys_used(engine) == sorted([OLD.id, NEW.id])
    assert open_all(engine, BOTH) == before
    list(rotate(engine, BOTH, batch=2))
    assert open_all(engine, AFTER) == before


def test_killed_command_leaves_every_value_readable(engine: Engine, database_url: str) -> None:
    for number in range(150):
        put(engine, f"S{number:03}", f"value-{number}")
    before = open_all(engine, BEFORE)
    env = {**os.environ, "DATABASE_URL": database_url, "SECRETS_KEY": BOTH_TEXT}
    command = [sys.executable, "-m", "app.scripts.command_line", "secrets", "rotate"]
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        # The last row of the second batch, so that the command waits in the middle.
        cursor.execute("SELECT name FROM secrets ORDER BY name DESC LIMIT 1 FOR UPDATE")
        rotating = subprocess.Popen(command, cwd=BACKEND, env=env)
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        assert wait_until(lambda: fetch(database_url, waiting) == [(1,)], seconds=60)
        rotating.kill()
        rotating.wait()
        cursor.execute("ROLLBACK")

    assert set(keys_used(engine)) == {OLD.id, NEW.id}
    assert open_all(engine, BOTH) == before
    subprocess.run(command, cwd=BACKEND, env=env, check=True, capture_output=True)
    assert open_all(engine, AFTER) == before


def test_values_stored_meanwhile_are_kept(engine: Engine) -> None:
    for number in range(40):
        put(engine, f"S{number:02}", f"value-{number}")
    ended = threading.Event()

    def store() -> None:
        for round in range(3):
            for number in range(40):
                # Processes with the newest key and without it.
                put(engine, f"S{number:02}", f"value-{number}-{round}", BOTH if number % 2 else BEFORE)
        ended.set()

    storing = threading.Thread(target=store)
    storing.start()
    while not ended.is_set():
        list(rotate(engine, BOTH, batch=3))
    storing.join()
    list(rotate(engine, BOTH))

    stored = open_all(engine, AFTER)
    assert {name: value for name, value in stored.items() if name.startswith("secret")} == {
        f"secret S{number:02}": f"value-{number}-2" for number in range(40)
    }


def test_row_that_is_being_stored_is_waited_for(engine: Engine, database_url: str) -> None:
    put(engine, "A", "first")
    sessions = make_sessions(engine)
    with sessions() as session, session.begin():
        put_secret(session, BEFORE, "A", "second")
        rotating = threading.Thread(target=lambda: list(rotate(engine, BOTH)))
        rotating.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        assert wait_until(lambda: fetch(database_url, waiting) == [(1,)], seconds=20)
    rotating.join()

    assert open_all(engine, AFTER)["secret A"] == "second"


def test_value_that_no_key_opens_is_named_and_left(engine: Engine) -> None:
    put(engine, "A", "value-a", SecretBox((Key(b"x" * 32),)))
    put(engine, "B", "value-b")

    (batch,) = rotate(engine, BOTH)

    assert batch.rotated == 1
    assert batch.faults == (
        f"The value of the secret A was encrypted with the key {Key(b'x' * 32).id.hex()}, which SECRETS_KEY does not"
        " have; add that key at the end of SECRETS_KEY, or store the value again.",
    )


def test_every_column_of_sealed_values_is_rotated() -> None:
    # What keys of callers and of sessions are compared with; nothing can be computed from them.
    digests = {("api_keys", "digest"), ("login_sessions", "digest")}
    tables = Base.metadata.tables.values()
    binary = {
        (table.name, each.name) for table in tables for each in table.columns if isinstance(each.type, LargeBinary)
    }

    assert {(each.table, each.column) for each in SEALED_COLUMNS} == binary - digests


def test_without_a_key_nothing_is_rotated(engine: Engine) -> None:
    with pytest.raises(Conflict, match="SECRETS_KEY is not set"):
        next(rotate(engine, SecretBox()))


def test_command_says_what_it_did(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(engine, "A", "value-a")
    monkeypatch.setenv("DATABASE_URL", database_url)
    said = []
    for keys in (NEW_TEXT, BOTH_TEXT, NEW_TEXT, ""):
        monkeypatch.setenv("SECRETS_KEY", keys)
        status = main(["secrets", "rotate"])
        shown = capsys.readouterr()
        said.append((status, shown.out.strip(), shown.err.partition(",")[0].strip()))

    assert said == [
        (
            1,
            f"0 values were encrypted again under the key {NEW.id.hex()}.",
            f"The value of the secret A was encrypted with the key {OLD.id.hex()}",
        ),
        (0, f"1 values were encrypted again under the key {NEW.id.hex()}.", ""),
        (0, f"0 values were encrypted again under the key {NEW.id.hex()}.", ""),
        (1, "", "SECRETS_KEY is not set"),
    ]

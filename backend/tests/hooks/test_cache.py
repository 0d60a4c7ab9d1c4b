"""A process uses hooks as they are in Postgres, and asks for changes once a second at most."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from app.hooks.cache import HookCache, seal_name, token_seal_name
from app.secrets.box import Key, SecretBox
from app.secrets.rotation import rotate
from app.storage.hooks.definitions import change_hook, create_hook, delete_hook, get_hook, lock_saves
from app.storage.orm import Sessions, make_sessions
from tests.servers import execute

BOX = SecretBox((Key(b"k" * 32),))


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return make_sessions(engine)


def save(sessions: Sessions, name: str, *secrets: str) -> None:
    text = "[" + ",".join(f'"{secret}"' for secret in secrets) + "]"
    columns = {"scheme": "github", "sealed_secrets": BOX.seal(seal_name(name), text), "secrets": len(secrets)}
    with sessions.begin() as session:
        create_hook(session, name, columns)


def test_save_change_and_deletion_are_noticed(engine: Engine, sessions: Sessions) -> None:
    cache = HookCache(engine, BOX)
    cache.refresh()
    assert cache.find("a") is None

    save(sessions, "a", "one", "two")
    cache.refresh()
    made = cache.find("a")
    with sessions.begin() as session:
        lock_saves(session)
        change_hook(session, get_hook(session, "a"), {"is_active": False})
    cache.refresh()
    changed = cache.find("a")
    with sessions.begin() as session:
        lock_saves(session)
        delete_hook(session, get_hook(session, "a"))
    save(sessions, "b", "three")
    cache.refresh()

    assert made
    assert (made.proof.keys, made.is_active) == ((b"one", b"two"), True)
    assert changed
    assert not changed.is_active
    assert cache.find("a") is None
    assert cache.find("b")


def test_hooks_are_read_again_only_if_one_has_changed(engine: Engine, sessions: Sessions) -> None:
    save(sessions, "a", "one")
    cache = HookCache(engine, BOX)
    cache.refresh()
    before = cache.find("a")

    cache.refresh()

    assert cache.find("a") is before


def test_one_caller_at_a_time_asks_for_changes(engine: Engine) -> None:
    cache, ageing = HookCache(engine, BOX, max_age=3600), HookCache(engine, BOX, max_age=0)
    assert [cache.claim_check(), cache.claim_check()] == [True, True]

    cache.refresh()
    ageing.refresh()

    assert not cache.claim_check()
    assert ageing.claim_check()


def test_secrets_that_do_not_open_are_a_problem_of_their_hook(
    engine: Engine, sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    save(sessions, "a", "one")
    with sessions.begin() as session:
        create_hook(session, "open", {"scheme": "none"})
    cache = HookCache(engine, SecretBox())

    cache.refresh()

    closed, open_ = cache.find("a"), cache.find("open")
    assert closed
    assert (closed.problem or "").startswith("The value of the hook a cannot be read, because SECRETS_KEY is not set;")
    assert closed.proof.keys == ()
    assert open_
    assert open_.problem is None
    assert "Hook a refuses deliveries: The value of the hook a cannot be read" in caplog.text


def test_secrets_open_under_a_new_key_after_its_rotation(engine: Engine, sessions: Sessions) -> None:
    token = BOX.seal(token_seal_name("a"), "token")
    secrets = BOX.seal(seal_name("a"), '["one"]')
    columns = {"scheme": "github", "sealed_secrets": secrets, "sealed_verify_token": token}
    with sessions.begin() as session:
        create_hook(session, "a", columns)
    new = Key(b"n" * 32)

    assert [batch.faults for batch in rotate(engine, SecretBox((new, *BOX.keys)))] == [(), ()]

    cache = HookCache(engine, SecretBox((new,)))
    cache.refresh()
    hook = cache.find("a")
    assert hook
    assert (hook.proof.keys, hook.verify_token, hook.problem) == ((b"one",), b"token", None)


def test_scheme_of_a_newer_build_is_left_out(
    engine: Engine, sessions: Sessions, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(sessions, "a", "one")
    save(sessions, "b", "one")
    execute(database_url, "UPDATE hooks SET scheme = 'carrier-pigeon' WHERE name = 'a'")
    cache = HookCache(engine, BOX)

    cache.refresh()

    assert (cache.find("a") is None, cache.find("b") is None) == (True, False)
    assert "Hook a has the scheme carrier-pigeon, which this build does not know." in caplog.text


def test_secrets_copied_to_another_hook_do_not_open(engine: Engine, sessions: Sessions, database_url: str) -> None:
    save(sessions, "a", "one")
    save(sessions, "b", "two")
    execute(database_url, "UPDATE hooks SET sealed_secrets = (SELECT sealed_secrets FROM hooks WHERE name = 'a')")
    cache = HookCache(engine, BOX)

    cache.refresh()

    copied = cache.find("b")
    assert copied
    assert copied.problem == "The value of the hook b is not the one that was encrypted for it; store the value again."

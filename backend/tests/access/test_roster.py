"""The keys in memory: read again when they have changed, and asked for seldom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.access.keys import digest_of
from app.access.roster import FRESH_FOR, LOOK_AGAIN_AFTER, Roster
from app.settings import Settings
from app.storage.access.keys import NewKey, create_key, revoke_key
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
from tests.servers import Databases


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def engine(databases: Databases) -> Iterator[Engine]:
    with databases.lend() as url:
        engine = make_engine(Settings(database_url=url))
        yield engine
        engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def roster(engine: Engine, clock: Clock) -> Roster:
    roster = Roster(engine, {}, clock)
    roster.refresh()
    return roster


def store(engine: Engine, text: str, **more: object) -> str:
    with make_sessions(engine).begin() as session:
        return create_key(session, NewKey("k", "tg_", digest_of(text), ["admin"], "test", **more)).id  # type: ignore[arg-type]


def test_new_and_revoked_keys_are_noticed(engine: Engine, roster: Roster, clock: Clock) -> None:
    id = store(engine, "noticed")
    assert roster.find(digest_of("noticed")) is None

    clock.now += FRESH_FOR
    assert not roster.is_fresh
    roster.refresh()
    found = roster.find(digest_of("noticed"))
    assert (found and found.caller.key_id, roster.is_fresh) == (id, True)

    with make_sessions(engine).begin() as session:
        revoke_key(session, id)
    clock.now += FRESH_FOR
    roster.refresh()
    assert roster.find(digest_of("noticed")) is None


def test_unknown_keys_have_postgres_asked_ten_times_a_second(roster: Roster, clock: Clock) -> None:
    asked = 0
    for _ in range(1000):
        clock.now += 0.001
        asked += roster.may_look_again()

    assert asked <= 1 / LOOK_AGAIN_AFTER + 1


def test_scope_of_a_newer_build_grants_nothing(engine: Engine, roster: Roster, clock: Clock) -> None:
    with make_sessions(engine).begin() as session:
        create_key(session, NewKey("k", "tg_", digest_of("newer"), ["events:write", "stars:write"], "test"))

    clock.now += FRESH_FOR
    roster.refresh()

    found = roster.find(digest_of("newer"))
    assert found is not None
    assert [scope.value for scope in found.caller.scopes] == ["events:write"]

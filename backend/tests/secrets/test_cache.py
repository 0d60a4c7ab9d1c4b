"""The secrets of a process: both sources, faults, former values, and readings that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import psycopg2
import pytest

from app.errors import StepFailed
from app.scripts.stack.processes import wait_until
from app.secrets.box import Key, SecretBox
from app.secrets.cache import SecretCache
from app.storage.stored_secrets import CredentialRow, SealedRow

BOX = SecretBox((Key(b"n" * 32),))


@dataclass
class Rows:
    """Rows in place of Postgres, which can fail."""

    secrets: list[SealedRow] = field(default_factory=list)
    credentials: list[CredentialRow] = field(default_factory=list)
    is_down: bool = False
    readings: int = 0

    def read(self) -> tuple[list[SealedRow], list[CredentialRow]]:
        self.readings += 1
        if self.is_down:
            raise psycopg2.OperationalError("connection refused")
        return list(self.secrets), list(self.credentials)

    def store(self, name: str, value: str, box: SecretBox = BOX) -> None:
        self.secrets = [row for row in self.secrets if row.name != name or row.is_former]
        self.secrets.append(SealedRow(name, box.seal(f"secret {name}", value), False))


@pytest.fixture
def rows() -> Rows:
    return Rows()


Open = Callable[..., SecretCache]


@pytest.fixture
def open_cache(rows: Rows) -> Iterator[Open]:
    opened: list[SecretCache] = []

    def make(environment: Mapping[str, str] | None = None, **options: Any) -> SecretCache:
        opened.append(SecretCache(rows.read, BOX, environment=environment or {}, every=0.02, **options))
        return opened[-1]

    yield make
    for cache in opened:
        cache.close()


def failure(call: Callable[[], object]) -> str:
    with pytest.raises(StepFailed) as failed:
        call()
    return str(failed.value)


def test_stored_value_wins_over_the_environment(rows: Rows, open_cache: Open) -> None:
    rows.store("A", "stored")
    cache = open_cache({"SECRET_A": "from-environment", "SECRET_B": "only-environment"})

    assert [cache.find(name) for name in "ABC"] == ["stored", "only-environment", None]
    assert cache.list_values("A") == {"stored", "from-environment"}


def test_without_postgres_there_is_the_environment() -> None:
    cache = SecretCache(environment={"SECRET_A": "value"})

    assert cache.find("A") == "value"
    assert failure(lambda: cache.find_credential("github")) == (
        "The credential github does not exist; store it by PUT /credentials/github."
    )


def test_changed_value_is_found_with_its_former_one(rows: Rows, open_cache: Open) -> None:
    rows.store("A", "first")
    cache = open_cache()
    assert cache.find("A") == "first"

    rows.store("A", "second")
    rows.secrets.append(SealedRow("A", BOX.seal("former secret A", "first"), True))

    assert wait_until(lambda: cache.find("A") == "second", seconds=20)
    assert cache.list_values("A") == {"first", "second"}


def test_deleted_secret_fails_its_step_by_name(rows: Rows, open_cache: Open) -> None:
    rows.secrets = [SealedRow("A", None, False), SealedRow("B", None, False)]
    cache = open_cache({"SECRET_B": "value"})

    assert failure(lambda: cache.find("A")) == (
        "The secret A was deleted; store it again by PUT /secrets/A, or set SECRET_A."
    )
    assert cache.find("B") == "value"


def test_value_under_another_key_fails_its_step_by_name(rows: Rows, open_cache: Open) -> None:
    other = SecretBox((Key(b"o" * 32),))
    rows.store("A", "value", other)
    rows.store("B", "readable")
    cache = open_cache()

    assert failure(lambda: cache.find("A")).startswith("The value of the secret A was encrypted with the key ")
    assert cache.find("B") == "readable"


def test_outage_keeps_the_known_values(rows: Rows, open_cache: Open) -> None:
    rows.store("A", "value")
    cache = open_cache()
    cache.prepare()

    rows.is_down = True
    seen = rows.readings
    assert wait_until(lambda: rows.readings > seen + 2, seconds=20)

    assert cache.find("A") == "value"
    rows.is_down = False
    rows.store("A", "newer")
    assert wait_until(lambda: cache.find("A") == "newer", seconds=20)


def test_first_reading_that_fails_is_repeated_by_the_next_step(rows: Rows, open_cache: Open) -> None:
    rows.is_down = True
    cache = open_cache()

    assert failure(cache.prepare) == "The secrets could not be read from Postgres; the step can be tried again."

    rows.is_down = False
    rows.store("A", "value")
    assert cache.find("A") == "value"


def test_many_steps_cost_no_reading_each(rows: Rows, open_cache: Open) -> None:
    rows.store("A", "value")
    cache = SecretCache(rows.read, BOX, environment={}, every=3600)

    values = {cache.find("A") for _ in range(1000)}
    cache.close()

    assert (values, rows.readings) == ({"value"}, 1)


def test_name_that_is_missing_is_looked_up_at_once(rows: Rows) -> None:
    cache = SecretCache(rows.read, BOX, environment={"SECRET_E": "value"}, every=3600)
    cache.prepare(["A"])
    now = datetime.now(timezone.utc)
    rows.store("A", "value-a")
    rows.credentials = [CredentialRow("c", "bearer", ["a.example"], {"token": "A"}, now)]
    rows.secrets.append(SealedRow("GONE", None, False))
    assert wait_until(lambda: bool(cache.prepare(["A"]) or cache.find("A")), seconds=20)

    readings = rows.readings
    cache.prepare(["A", "E"], "c")
    assert rows.readings == readings
    rows.store("GONE", "value-b")
    assert wait_until(lambda: bool(cache.prepare(["GONE"]) or rows.readings > readings), seconds=20)
    cache.close()

    assert (cache.find("A"), cache.find("GONE"), cache.find_credential("c").name) == ("value-a", "value-b", "c")


def test_credential_is_read_with_its_hosts(rows: Rows, open_cache: Open) -> None:
    now = datetime.now(timezone.utc)
    rows.credentials = [CredentialRow("github", "bearer", ["api.github.com"], {"token": "GITHUB_TOKEN"}, now)]
    cache = open_cache()

    found = cache.find_credential("github")

    assert found.secret == "GITHUB_TOKEN"
    assert found.covers("https", "api.github.com", 443)
    assert not found.covers("http", "api.github.com", 80)

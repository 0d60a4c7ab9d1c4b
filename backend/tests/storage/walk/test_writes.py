"""A result is exchanged for the next claim only by who holds the claim, while the execution simply runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.settings import Settings
from app.storage.database import driver, make_engine
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.writes import exchange_steps

CLAIM = 2


@pytest.fixture
def cursor(settings: Settings) -> Iterator[Any]:
    engine = make_engine(settings)
    with driver(engine) as connection, connection.cursor() as cursor:
        yield cursor
    engine.dispose()


def held(cursor: Any, status: str = "RUNNING", closing: str | None = None) -> str:
    """An execution whose step ``a`` runs under the second claim."""
    id = new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, closing, payload, open_steps)"
        " VALUES (%s, %s, 1, %s, %s, '{}', 1)",
        (id, new_id(), status, closing),
    )
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " VALUES (%s, 'a', 1, 1, %s, 'x', 'RUNNING', %s)",
        (id, new_id(), CLAIM),
    )
    return id


def give(cursor: Any, id: str, *, claim: int) -> bool:
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=claim, output="1", stored=True)
    following = StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)
    return exchange_steps(cursor, id, done, [following], [])


def steps(cursor: Any, id: str) -> list[tuple[str, str]]:
    cursor.execute("SELECT node_id, status FROM steps WHERE execution_id = %s ORDER BY node_id", (id,))
    return list(cursor.fetchall())


def test_claim_holder_continues(cursor: Any) -> None:
    id = held(cursor)

    assert give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


def test_a_worker_that_was_given_up_changes_nothing(cursor: Any) -> None:
    id = held(cursor)

    assert not give(cursor, id, claim=CLAIM - 1)

    assert steps(cursor, id) == [("a", "RUNNING")]


def test_the_second_of_two_results_changes_nothing(cursor: Any) -> None:
    id = held(cursor)
    give(cursor, id, claim=CLAIM)

    assert not give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


@pytest.mark.parametrize(
    ("status", "closing"), [("PAUSED", None), ("CANCELLED", None), ("FAILED", None), ("RUNNING", "FAILED")]
)
def test_an_execution_that_does_not_simply_run_needs_the_lock(cursor: Any, status: str, closing: str | None) -> None:
    id = held(cursor, status, closing)

    assert not give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "RUNNING")]

"""A chore: one item that fails holds up no other, and an error of all items ends the batch."""

from __future__ import annotations

from collections.abc import Callable

import psycopg2
import psycopg2.errors
import pytest

from app.engine.upkeep.chore import Chore

ITEM_ERRORS = [
    ValueError,
    MemoryError,
    psycopg2.DataError,
    psycopg2.errors.QueryCanceled,
    psycopg2.errors.DeadlockDetected,
]


def failing(done: list[str], item: str, error: type[Exception]) -> Callable[[], None]:
    def act() -> None:
        if item == "bad":
            raise with_state(error)
        done.append(item)

    return act


def with_state(error: type[Exception]) -> Exception:
    """The error as Postgres reports it, with its SQLSTATE."""
    states = {
        psycopg2.errors.QueryCanceled: "57014",
        psycopg2.errors.DeadlockDetected: "40P01",
        psycopg2.DataError: "22023",
    }
    if error not in states:
        return error("x")
    raised = type(error.__name__, (error,), {"pgcode": states[error]})("x")
    assert isinstance(raised, Exception)
    return raised


@pytest.mark.parametrize("error", ITEM_ERRORS)
def test_item_that_fails_holds_up_no_other(error: type[Exception]) -> None:
    done: list[str] = []

    def run_batch(chore: Chore) -> bool:
        for item in ("a", "bad", "b"):
            chore.run_item(item, failing(done, item, error))
        return False

    chore = Chore("test", run_batch)
    chore.run()

    assert done == ["a", "b"]
    assert chore.backoff.paused() == ["bad"]


@pytest.mark.parametrize("error", [psycopg2.OperationalError, psycopg2.InterfaceError])
def test_lost_connection_ends_the_batch_and_blames_no_item(error: type[Exception]) -> None:
    done: list[str] = []

    def run_batch(chore: Chore) -> bool:
        for item in ("a", "bad", "b"):
            chore.run_item(item, failing(done, item, error))
        return False

    chore = Chore("test", run_batch)
    chore.run()

    assert (done, chore.backoff.paused()) == (["a"], [])


def test_batches_are_run_until_nothing_is_left() -> None:
    left = [3]

    def run_batch(chore: Chore) -> bool:
        left[0] -= 1
        return left[0] > 0

    Chore("test", run_batch).run()

    assert left == [0]

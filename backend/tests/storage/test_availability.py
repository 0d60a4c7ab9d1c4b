"""Errors that pass, by their SQLSTATE, and how long they are tried again."""

from __future__ import annotations

import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy.exc

from app.storage.availability import is_passing, is_unreachable, retry_while_disconnected
from app.storage.database import PoolTimeout


def error_with(state: str) -> psycopg2.Error:
    """The error that the driver raises for this SQLSTATE; its own sets ``pgcode`` from the server's message."""
    kind = psycopg2.errors.lookup(state)
    error: psycopg2.Error = type(kind.__name__, (kind,), {"pgcode": state})()
    return error


PASSING = [
    "08006",  # connection failure
    "40001",  # serialization failure
    "40P01",  # deadlock
    "53300",  # too many connections
    "55P03",  # lock timeout
    "57P01",  # admin shutdown
    "57P03",  # cannot connect now
    "57014",  # statement timeout
    "58030",  # I/O error
    "25006",  # read-only transaction
    "25P03",  # idle-in-transaction timeout
]
LASTING = [
    "22003",  # number out of range
    "23505",  # unique violation
    "42P01",  # undefined table
    "42501",  # no privilege
    "54000",  # limit exceeded
    "25P02",  # in a failed transaction
]


@pytest.mark.parametrize("state", PASSING)
def test_error_passes(state: str) -> None:
    error = error_with(state)

    assert is_passing(error)
    assert is_passing(sqlalchemy.exc.DBAPIError("SELECT 1", {}, error))


@pytest.mark.parametrize("state", LASTING)
def test_error_does_not_pass(state: str) -> None:
    error = error_with(state)

    assert not is_passing(error)
    assert not is_passing(sqlalchemy.exc.DBAPIError("SELECT 1", {}, error))


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (psycopg2.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg2.InterfaceError("connection already closed"), True),
        (PoolTimeout("no connection of the pool is free"), True),
        (psycopg2.ProgrammingError("no results to fetch"), False),
        (ValueError("x"), False),
    ],
)
def test_error_without_state(error: Exception, passes: bool) -> None:
    assert is_passing(error) is passes


@pytest.mark.parametrize("state", ["08006", "57P01", "57P03", "53300", "25006"])
def test_server_is_the_reason(state: str) -> None:
    assert is_unreachable(error_with(state))
    assert is_unreachable(sqlalchemy.exc.DBAPIError("SELECT 1", {}, error_with(state)))
    assert is_unreachable(PoolTimeout())


@pytest.mark.parametrize("state", ["40P01", "53200", "55P03", "57014", "25P03", "23505"])
def test_statement_is_the_reason(state: str) -> None:
    assert not is_unreachable(error_with(state))


def test_passing_error_is_tried_again() -> None:
    errors = [error_with("25006"), PoolTimeout()]

    def attempt() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert retry_while_disconnected(attempt, seconds=60) == "done"


def test_lasting_error_is_raised_at_once() -> None:
    attempts = []

    def attempt() -> None:
        attempts.append(1)
        raise error_with("54000")

    with pytest.raises(psycopg2.OperationalError):
        retry_while_disconnected(attempt, seconds=60)
    assert len(attempts) == 1


def test_passing_error_is_raised_after_the_time_limit() -> None:
    def attempt() -> None:
        raise psycopg2.OperationalError("connection refused")

    with pytest.raises(psycopg2.OperationalError):
        retry_while_disconnected(attempt, seconds=0.1)

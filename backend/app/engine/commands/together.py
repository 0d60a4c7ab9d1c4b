"""What commands on several things have in common: one that cannot be done does not spoil the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import psycopg2

from app.errors import TrigraphError
from app.storage.availability import is_unreachable

Item = TypeVar("Item")
Ready = TypeVar("Ready")
Written = TypeVar("Written")


def prepare_each(
    items: Sequence[Item], prepare: Callable[[Item], Ready | None]
) -> tuple[dict[int, Ready], dict[int, TrigraphError]]:
    """What ``prepare`` makes of each item, and what it raises, by their places; an item of None is in neither."""
    ready: dict[int, Ready] = {}
    errors: dict[int, TrigraphError] = {}
    for place, item in enumerate(items):
        try:
            found = prepare(item)
        except TrigraphError as error:
            errors[place] = error
            continue
        if found is not None:
            ready[place] = found
    return ready, errors


def write_together(write: Callable[[], Mapping[str, Written]]) -> Mapping[str, Written]:
    """
    What ``write`` has written, by id; nothing where Postgres refuses it, as one of them is to blame.

    Raises psycopg2.Error where Postgres is not available.
    """
    try:
        return write()
    except psycopg2.Error as error:
        if is_unreachable(error):
            raise
        return {}

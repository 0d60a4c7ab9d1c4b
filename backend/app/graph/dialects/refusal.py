"""Refuse a document with the list of its problems."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from app.errors import InvalidDefinition, Problem

#: Problems of one document that are listed.
MOST_PROBLEMS = 1000


def refuse_problems(problems: Iterable[Problem]) -> None:
    """Raise InvalidDefinition with the first of these problems, if there are any."""
    found = list(islice(problems, MOST_PROBLEMS))
    if found:
        raise InvalidDefinition(found)

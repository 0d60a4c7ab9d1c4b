"""Statements that a connection parses and plans once, however often they are executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extensions import connection


class Connection(connection):
    """A psycopg2 connection that knows which statements it has prepared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared: set[str] = set()


class PreparedStatement:
    """
    A hot statement under a name of its own, with the Postgres type of each ``%(parameter)s``.

    It is worth its name where planning costs as much as executing, as with several writes in one statement.
    """

    def __init__(self, name: str, types: Mapping[str, str], statement: str) -> None:
        for number, parameter in enumerate(types, 1):
            statement = statement.replace(f"%({parameter})s", f"${number}")
        self.name = name
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {statement}"
        values = ", ".join(f"%({parameter})s::{type}" for parameter, type in types.items())
        self._execute = f"EXECUTE {name} ({values})"

    def execute(self, cursor: Any, values: Mapping[str, Any]) -> None:
        """Execute it, on a cursor of a connection of our pool."""
        self._know(cursor)
        cursor.execute(self._execute, values)

    def text(self, cursor: Any, values: Mapping[str, Any]) -> bytes:
        """Its execution as text, to be sent together with others."""
        self._know(cursor)
        text: bytes = cursor.mogrify(self._execute, values)
        return text

    def _know(self, cursor: Any) -> None:
        known: set[str] = cursor.connection.prepared
        if self.name not in known:
            cursor.execute(self._prepare)
            known.add(self.name)

"""Statements that a connection parses and plans once, however often they are executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extensions import adapt

from app.storage.connection import Connection
from app.storage.database import Cursor


class PreparedStatement:
    """
    A hot statement under a name of its own, with the Postgres type of each ``%(parameter)s``.

    It is worth its name where planning costs as much as executing, as with several writes in one statement.
    """

    def __init__(self, name: str, types: Mapping[str, str], statement: str) -> None:
        #: The statement as it is written, and as it is executed where nothing can be prepared.
        source = self._plain = statement
        for number, (parameter, type) in enumerate(types.items(), 1):
            self._plain = self._plain.replace(f"%({parameter})s", f"%({parameter})s::{type}")
            statement = statement.replace(f"%({parameter})s", f"${number}")
        self.name = name
        self.types = types
        self.source = source
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {statement}"
        # A literal takes the type of its parameter by itself, and a cast costs half a microsecond; an array needs it.
        casts = {parameter: f"::{type}" if type.endswith("[]") else "" for parameter, type in types.items()}
        self._execute = f"EXECUTE {name} ({', '.join(f'%({parameter})s{cast}' for parameter, cast in casts.items())})"
        # The driver takes a fifth longer to fill in names than places.
        self._execute_by_place = f"EXECUTE {name} ({', '.join(f'%s{cast}' for cast in casts.values())})"

    def with_constants(self, name: str, constants: Mapping[str, Any]) -> PreparedStatement:
        """
        The same statement, in which these parameters have these values: numbers, None, or ASCII texts without ``%``.

        A parameter costs 2 to 4 µs, in the driver and in Postgres, so a common case is worth a statement of its own.
        """
        statement = self.source
        for parameter, value in constants.items():
            quoted = adapt(value).getquoted().decode("ascii")
            assert "%" not in quoted, f"{parameter} cannot be a constant."
            statement = statement.replace(f"%({parameter})s", quoted)
        types = {parameter: type for parameter, type in self.types.items() if parameter not in constants}
        return PreparedStatement(name, types, statement)

    def execute(self, cursor: Cursor, values: Mapping[str, Any]) -> None:
        """Execute it, on a cursor of a connection of our pool."""
        cursor.execute(*self._fill(cursor, values))

    def text(self, cursor: Cursor, values: Mapping[str, Any]) -> bytes:
        """Its execution as text, to be sent together with others."""
        return cursor.mogrify(*self._fill(cursor, values))

    def command(self, cursor: Cursor) -> str:
        """How this connection executes it; it is prepared where that was not done yet."""
        return self._execute if self._is_prepared(cursor) else self._plain

    def _fill(self, cursor: Cursor, values: Mapping[str, Any]) -> tuple[str, Any]:
        if not self._is_prepared(cursor):
            return self._plain, values
        return self._execute_by_place, [values[parameter] for parameter in self.types]

    def _is_prepared(self, cursor: Cursor) -> bool:
        """Prepare it where that was not done yet; False where the connection prepares nothing."""
        connection = cursor.connection
        assert isinstance(connection, Connection)
        if connection.shares_session:
            return False
        if self.name not in connection.prepared:
            cursor.execute(self._prepare)
            connection.prepared.add(self.name)
        return True

"""Executions with the rows that workers would have written, for tests without workers."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg2

from app.storage.ids import new_id


class RecordedExecution:
    """An execution in Postgres; each method writes what a worker would write."""

    def __init__(self, url: str, execution_id: str) -> None:
        self.url = url
        self.execution_id = execution_id
        self.time = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def step(self, node_id: str, status: str = "COMPLETED", output: Any = None, **columns: Any) -> None:
        self.time += timedelta(seconds=1)
        started = None if status in ("SKIPPED", "READY") else self.time
        row = {
            "execution_id": self.execution_id,
            "node_id": node_id,
            "visit": 1,
            "attempt": 1,
            "id": new_id(),
            "type": "transform",
            "status": status,
            "output": None if status in ("SKIPPED", "READY") else json.dumps(output),
            "started_at": started,
            "finished_at": None if status == "READY" else self.time,
            **columns,
        }
        self.execute(f"INSERT INTO steps ({', '.join(row)}) VALUES %s", tuple(row.values()))

    def set_status(self, status: str) -> None:
        self.execute("UPDATE executions SET status = %s WHERE id = %s", status, self.execution_id)

    def next_check_at(self) -> Any:
        """When the timekeeper checks it; None: never."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT next_check_at FROM executions WHERE id = %s", (self.execution_id,))
            return cursor.fetchone()[0]

    def execute(self, statement: str, *values: Any) -> None:
        connection = psycopg2.connect(self.url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.close()

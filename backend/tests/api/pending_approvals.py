"""Approvals that wait for decisions, for tests without workers."""

from __future__ import annotations

from typing import Any

import psycopg2

from app.storage.ids import new_id
from tests.api.client import Api

#: start ─▶ ask ─approved─▶ yes
#:           └───rejected─▶ no
ASKING: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "ask", "type": "human_approval"},
        {"id": "yes", "type": "http_call", "data": {"url": "http://127.0.0.1"}},
        {"id": "no", "type": "http_call", "data": {"url": "http://127.0.0.1"}},
    ],
    "edges": [
        {"source": "start", "target": "ask"},
        {"source": "ask", "target": "yes", "sourceHandle": "approved"},
        {"source": "ask", "target": "no", "sourceHandle": "rejected"},
    ],
}


class PendingApprovals:
    """Approvals in Postgres, as a worker leaves them."""

    def __init__(self, api: Api, url: str) -> None:
        self.api = api
        self.url = url
        self.workflow = api.save(graph=ASKING, trigger=None)["id"]

    def ask(self, **columns: Any) -> dict[str, Any]:
        """An execution that waits, and its approval as the API shows it."""
        answer = self.api.post("/executions", json={"workflow_id": self.workflow})
        self.api.woken.clear()
        place = {"execution_id": answer.json()["id"], "node_id": "ask", "visit": 1, "attempt": 1}
        step = {"id": new_id(), "type": "human_approval", "status": "WAITING", "resume": "timeout"}
        asked = {"id": new_id(), "status": "PENDING", "title": '"Pay"', "approvers": "[]", "needed": 1}
        begun = (
            "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL"
            " WHERE id = %s"
        )
        self.write(begun, place["execution_id"])
        self.insert("steps", {**place, **step})
        self.insert("approvals", {**place, **asked, **columns})
        shown: dict[str, Any] = self.api.get(f"/approvals/{columns.get('id', asked['id'])}").json()
        return shown

    def insert(self, table: str, row: dict[str, Any]) -> None:
        self.write(f"INSERT INTO {table} ({', '.join(row)}) VALUES %s", tuple(row.values()))

    def write(self, statement: str, *values: Any) -> None:
        connection = psycopg2.connect(self.url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.close()

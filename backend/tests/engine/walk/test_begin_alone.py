"""One execution that comes alone begins in two statements."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.storage.connection import Cursor
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context


def test_one_execution_begins_in_two_statements(quiet: Stack, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    execute = Cursor.execute

    def note(self: Cursor, query: Any, vars: Any = None) -> None:
        sent.append(str(query))
        execute(self, query, vars)

    monkeypatch.setattr(Cursor, "execute", note)
    (id,) = quiet.accept(graph("start>a>b", a=node("nap"), b=node("nap")))

    worker_context(engine, Publisher(lambda wake_ups: None)).walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"
    text = "\n".join(sent)
    assert "EXECUTE hold_pending_execution" in text
    assert "EXECUTE begin_execution" in text
    assert "EXECUTE read_executions" not in text
    assert "EXECUTE insert_steps" not in text

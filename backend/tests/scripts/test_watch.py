"""``trigraph watch`` prints each change once, and ends with the execution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.scripts.command_line import main
from app.scripts.watch import line_of, watch
from tests.api.client import Api
from tests.api.conftest import start_api

__all__ = ["start_api"]


def step(id: str, status: str, **members: Any) -> dict[str, Any]:
    shown = {"id": id, "node_id": id, "type": "x", "status": status, "visit": 1, "attempt": 1, "error": None}
    return {**shown, "started_at": None, "finished_at": None, **members}


def response(seq: int, status: str, *steps: dict[str, Any], more: bool = False) -> dict[str, Any]:
    execution = {"status": status, "finished_at": None, "error": None}
    return {"seq": seq, "execution": execution, "steps": list(steps), "more": more}


def changes(responses: dict[int, list[Any]]) -> list[tuple[str, str]]:
    """The changes that are shown, where each number is answered with the next response in its list."""
    found = watch(lambda since: responses[since].pop(0), pause=0)
    return [(each.get("node_id", "-"), each["status"]) for each in found]


def test_each_change_is_shown_once() -> None:
    shown = changes(
        {
            0: [response(5, "RUNNING", step("a", "RUNNING"))],
            5: [None, response(7, "RUNNING", step("a", "RUNNING")), None],
            7: [response(9, "COMPLETED", step("a", "COMPLETED"))],
        }
    )

    assert shown == [("a", "RUNNING"), ("-", "RUNNING"), ("a", "COMPLETED"), ("-", "COMPLETED")]


def test_end_waits_for_the_last_page_and_the_last_step() -> None:
    shown = changes(
        {
            0: [response(5, "FAILED", step("a", "RUNNING"), more=True)],
            5: [response(7, "FAILED", step("b", "FAILED"))],
            7: [response(9, "FAILED", step("a", "COMPLETED"))],
        }
    )

    assert shown == [("a", "RUNNING"), ("b", "FAILED"), ("-", "FAILED"), ("a", "COMPLETED")]


def test_line_names_the_attempt_and_the_error() -> None:
    line = line_of(step("pay", "FAILED", attempt=2, error={"message": "It broke."}, finished_at="2026-01-31T09:30:00Z"))

    assert line.split() == ["2026-01-31T09:30:00Z", "FAILED", "pay", "(x)", "attempt", "2:", "It", "broke."]


def test_watch_of_an_execution_that_is_cancelled(start_api: Callable[[], Api], capsys: Any) -> None:
    api = start_api()
    api.save()
    id = api.fire()["executions"][0]["id"]
    api.post(f"/executions/{id}/cancel")

    status = main(["watch", id, "--url", api.url])

    assert status == 1
    assert "CANCELLED the execution" in capsys.readouterr().out


def test_watch_of_an_unknown_execution_says_so(start_api: Callable[[], Api], capsys: Any) -> None:
    assert main(["watch", "x", "--url", start_api().url]) == 1
    assert "does not exist" in capsys.readouterr().err

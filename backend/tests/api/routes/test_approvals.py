"""``/approvals``: lists, decisions, and refusals of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from app.storage.ids import new_id
from app.storage.migrate import migrate
from tests.api.client import Api, running_api
from tests.servers import Databases

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


class Asked:
    """Writes what a worker leaves behind when an execution has come to ``ask``."""

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


@pytest.fixture(scope="module")
def asked(databases: Databases) -> Iterator[Asked]:
    """One API for all of these."""
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        yield Asked(api, url)


def test_an_approval_is_shown_as_it_was_asked(asked: Asked) -> None:
    shown = asked.ask(context='{"n": 1.0}', description='"Why"', approvers='["ann"]')

    times = {key: shown.pop(key) for key in ("created_at", "expires_at", "responded_at")}
    ids = {key: shown.pop(key) for key in ("id", "execution_id")}
    assert shown == {
        "node_id": "ask",
        "status": "PENDING",
        "title": "Pay",
        "description": "Why",
        "context": {"n": 1.0},
        "approvers": ["ann"],
        "needed": 1,
        "decisions": [],
    }
    assert times["created_at"].endswith("+00:00")
    assert (times["expires_at"], times["responded_at"]) == (None, None)
    assert len(set(ids.values())) == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "next"),
    [
        ("approve", None, "APPROVED", "yes"),
        ("approve", {"comment": "ok", "approved_by": " ann "}, "APPROVED", "yes"),
        ("approve", {"approved": False}, "REJECTED", "no"),
        ("reject", None, "REJECTED", "no"),
        ("reject", {"approved": False, "comment": "no", "approved_by": "ann"}, "REJECTED", "no"),
        ("action", {"approved": True}, "APPROVED", "yes"),
        ("action", {"approved": False}, "REJECTED", "no"),
    ],
)
def test_decision_is_stored_and_published(asked: Asked, path: str, body: Any, status: str, next: str) -> None:
    approval = asked.ask()
    id, execution = approval["id"], approval["execution_id"]

    response = asked.api.post(f"/approvals/{id}/{path}", json=body)

    shown, given = response.json(), body or {}
    assert (response.status_code, shown["status"], shown["id"]) == (200, status, id)
    (decision,) = shown["decisions"]
    assert decision.pop("at") <= shown["responded_at"]
    by = given.get("approved_by")
    expected = {"approved": status == "APPROVED", "approved_by": by and by.strip(), "comment": given.get("comment")}
    assert decision == expected
    assert [(wake_up.execution_id, wake_up.node_id) for wake_up in asked.api.woken] == [(execution, next)]
    steps = asked.api.get(f"/executions/{execution}/steps").json()
    settled = {step["node_id"]: (step["status"], (step["output"] or {}).get("approved")) for step in steps}
    assert settled["ask"] == ("COMPLETED", status == "APPROVED")
    assert settled[next] == ("READY", None)


def test_repeated_decision_is_accepted_and_other_refused(asked: Asked) -> None:
    id = asked.ask()["id"]
    first = asked.api.post(f"/approvals/{id}/approve", json={"approved_by": "ann"}).json()
    asked.api.woken.clear()

    again = asked.api.post(f"/approvals/{id}/approve", json={"approved_by": "bob"})
    other = asked.api.post(f"/approvals/{id}/reject", json={"approved_by": "bob"})

    assert (again.status_code, again.json()) == (200, first)
    assert (other.status_code, other.json()["detail"]) == (
        409,
        f"Approval {id} is already APPROVED.",
    )
    assert asked.api.woken == []


def test_only_named_approvers_decide(asked: Asked) -> None:
    id = asked.ask(approvers='["ann", "bob"]')["id"]

    refused = [asked.api.post(f"/approvals/{id}/approve", json={"approved_by": who}) for who in ("eve", "Ann", None)]

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert asked.api.get(f"/approvals/{id}").json()["decisions"] == []
    assert asked.api.post(f"/approvals/{id}/approve", json={"approved_by": "bob"}).json()["status"] == "APPROVED"


def test_several_people_are_waited_for(asked: Asked) -> None:
    id = asked.ask(needed=2)["id"]

    def say(path: str, who: str | None) -> tuple[int, str | None, int]:
        response = asked.api.post(f"/approvals/{id}/{path}", json={"approved_by": who})
        shown = response.json()
        return response.status_code, shown.get("status"), len(shown.get("decisions", ()))

    assert say("approve", None)[0] == 422
    assert say("approve", "ann") == (200, "PENDING", 1)
    assert say("approve", "ann") == (200, "PENDING", 1)
    assert say("reject", "ann")[0] == 409
    assert asked.api.woken == []
    assert say("approve", "bob") == (200, "APPROVED", 2)
    assert len(asked.api.woken) == 1


def test_lists_show_what_waits_unless_asked_otherwise(asked: Asked) -> None:
    asked.write("DELETE FROM approvals")
    first, second, third = asked.ask(), asked.ask(), asked.ask()
    asked.api.post(f"/approvals/{first['id']}/approve")

    def ids(query: str = "") -> list[str]:
        response = asked.api.get(f"/approvals{query}")
        assert response.status_code == 200
        return [approval["id"] for approval in response.json()]

    assert ids() == [third["id"], second["id"]]
    assert ids("?status=APPROVED") == [first["id"]]
    assert ids("?status=ALL") == [third["id"], second["id"], first["id"]]
    assert ids(f"?execution_id={second['execution_id']}") == [second["id"]]
    assert ids(f"?execution_id={first['execution_id']}") == []
    assert ids("?execution_id=nonsense") == []
    page = asked.api.get("/approvals?limit=1")
    assert [approval["id"] for approval in asked.api.get(page.links["next"]["url"]).json()] == [second["id"]]
    assert asked.api.get("/approvals?status=MAYBE").status_code == 422


def test_a_decision_reaches_its_own_execution_only(asked: Asked) -> None:
    mine, other = asked.ask(), asked.ask()

    for id in (mine["execution_id"], "ask", "0", "%00", new_id()):
        for path in ("approve", "reject"):
            assert asked.api.post(f"/approvals/{id}/{path}").status_code == 404
    asked.api.post(f"/approvals/{mine['id']}/approve", json={"execution_id": other["execution_id"]})

    assert asked.api.get(f"/approvals/{other['id']}").json()["status"] == "PENDING"
    assert {wake_up.execution_id for wake_up in asked.api.woken} == {mine["execution_id"]}


def test_resolved_approval_cannot_be_decided(asked: Asked) -> None:
    cancelled, late, retried = asked.ask(), asked.ask(), asked.ask()
    asked.api.post(f"/executions/{cancelled['execution_id']}/cancel")
    asked.write("UPDATE steps SET due_at = now() - interval '1 second' WHERE execution_id = %s", late["execution_id"])
    asked.write("UPDATE steps SET attempt = 2 WHERE execution_id = %s", retried["execution_id"])

    refused = [asked.api.post(f"/approvals/{id}/approve") for id in (cancelled["id"], late["id"], retried["id"])]

    assert [response.status_code for response in refused] == [409, 409, 409]
    assert asked.api.get(f"/approvals/{cancelled['id']}").json()["status"] == "CANCELLED"
    assert asked.api.get(f"/approvals/{late['id']}").json()["decisions"] == []


HOSTILE = [
    *(b"[]", b"1", b'"a"', b"{", b"\xff", b'{"a": NaN}', b'{"a":' + b"[" * 101 + b"]" * 101 + b"}"),
    *(b'{"approved": "yes"}', b'{"approved": 1}', b'{"approved_by": 7}', b'{"approved_by": ""}'),
    *(b'{"comment": "\\ud800"}', b'{"approved_by": "a\\u0000b"}', b'{"comment": {}}'),
    json.dumps({"comment": "x" * 10_001}).encode(),
    json.dumps({"approved_by": "x" * 501}).encode(),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_invalid_decision_is_refused(asked: Asked, body: bytes) -> None:
    id = asked.ask()["id"]

    answers = [asked.api.post(f"/approvals/{id}/{path}", data=body) for path in ("approve", "reject", "action")]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert asked.api.get(f"/approvals/{id}").json()["status"] == "PENDING"


def test_action_must_agree_with_approved(asked: Asked) -> None:
    id = asked.ask()["id"]

    assert asked.api.post(f"/approvals/{id}/action").status_code == 422
    assert asked.api.post(f"/approvals/{id}/action", json={"approved": None}).status_code == 422
    assert asked.api.post(f"/approvals/{id}/reject", json={"approved": True}).status_code == 422
    assert asked.api.get(f"/approvals/{id}").json()["decisions"] == []


def test_odd_words_come_back_as_they_were(asked: Asked) -> None:
    id = asked.ask()["id"]

    shown = asked.api.post(f"/approvals/{id}/approve", data=b'{"comment": "a\\u0000b", "approved_by": "Zo\xc3\xab"}')

    assert '"comment":"a\\u0000b"' in shown.text
    assert shown.json()["decisions"][0]["approved_by"] == "Zoë"

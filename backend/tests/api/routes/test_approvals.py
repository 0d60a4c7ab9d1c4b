"""``/approvals``: lists, decisions, and refusals of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.settings import Settings
from app.storage.ids import new_id
from app.storage.migrate import migrate
from tests.api.client import running_api
from tests.api.pending_approvals import PendingApprovals
from tests.servers import Databases


@pytest.fixture(scope="module")
def asked(databases: Databases) -> Iterator[PendingApprovals]:
    """One API for all tests of this module."""
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        yield PendingApprovals(api, url)


def test_approval_is_shown_as_requested(asked: PendingApprovals) -> None:
    shown = asked.ask(context='{"n": 1.0}', description='"Why"', approvers='["ann"]')

    times = {key: shown.pop(key) for key in ("created_at", "expires_at", "responded_at")}
    ids = {key: shown.pop(key) for key in ("id", "execution_id")}
    assert shown == {
        "node_id": "ask",
        "kind": "decision",
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
def test_decision_is_stored_and_published(
    asked: PendingApprovals,
    path: str,
    body: Any,
    status: str,
    next: str,
) -> None:
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


def test_repeated_decision_is_accepted_and_other_refused(asked: PendingApprovals) -> None:
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


def test_only_named_approvers_decide(asked: PendingApprovals) -> None:
    id = asked.ask(approvers='["ann", "bob"]')["id"]

    refused = [asked.api.post(f"/approvals/{id}/approve", json={"approved_by": who}) for who in ("eve", "Ann", None)]

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert [response.json()["detail"] for response in refused] == [
        f"{who} is not among the approvers of approval {id}."
        for who in ("eve", "Ann", "A person without a name (approved_by)")
    ]
    assert asked.api.get(f"/approvals/{id}").json()["decisions"] == []
    assert asked.api.post(f"/approvals/{id}/approve", json={"approved_by": "bob"}).json()["status"] == "APPROVED"


def test_several_people_are_waited_for(asked: PendingApprovals) -> None:
    id = asked.ask(needed=2)["id"]

    def say(path: str, who: str | None) -> tuple[int, str | None, int]:
        response = asked.api.post(f"/approvals/{id}/{path}", json={"approved_by": who})
        shown = response.json()
        return response.status_code, shown.get("status", shown.get("detail")), len(shown.get("decisions", ()))

    assert say("approve", None) == (422, f"Approval {id} needs 2 approvers: set approved_by.", 0)
    assert say("approve", "ann") == (200, "PENDING", 1)
    assert say("approve", "ann") == (200, "PENDING", 1)
    assert say("reject", "ann") == (409, f"ann has already decided approval {id} differently.", 0)
    assert asked.api.woken == []
    assert say("approve", "bob") == (200, "APPROVED", 2)
    assert len(asked.api.woken) == 1


def test_lists_show_what_waits_unless_asked_otherwise(asked: PendingApprovals) -> None:
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


def test_decision_reaches_its_own_execution_only(asked: PendingApprovals) -> None:
    mine, other = asked.ask(), asked.ask()

    for id in (mine["execution_id"], "ask", "0", "%00", new_id()):
        for path in ("approve", "reject"):
            assert asked.api.post(f"/approvals/{id}/{path}").status_code == 404
    asked.api.post(f"/approvals/{mine['id']}/approve", json={"execution_id": other["execution_id"]})

    assert asked.api.get(f"/approvals/{other['id']}").json()["status"] == "PENDING"
    assert {wake_up.execution_id for wake_up in asked.api.woken} == {mine["execution_id"]}


def test_resolved_approval_cannot_be_decided(asked: PendingApprovals) -> None:
    cancelled, late, retried = asked.ask(), asked.ask(), asked.ask()
    asked.api.post(f"/executions/{cancelled['execution_id']}/cancel")
    asked.write("UPDATE steps SET due_at = now() - interval '1 second' WHERE execution_id = %s", late["execution_id"])
    asked.write("UPDATE steps SET attempt = 2 WHERE execution_id = %s", retried["execution_id"])

    refused = [asked.api.post(f"/approvals/{id}/approve") for id in (cancelled["id"], late["id"], retried["id"])]

    assert [response.status_code for response in refused] == [409, 409, 409]
    assert [response.json()["detail"] for response in refused] == [
        f"Approval {cancelled['id']} is already CANCELLED.",
        f"Approval {late['id']} has expired.",
        f"Approval {retried['id']} is no longer pending.",
    ]
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
def test_invalid_decision_is_refused(asked: PendingApprovals, body: bytes) -> None:
    id = asked.ask()["id"]

    answers = [asked.api.post(f"/approvals/{id}/{path}", data=body) for path in ("approve", "reject", "action")]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert asked.api.get(f"/approvals/{id}").json()["status"] == "PENDING"


def test_action_must_agree_with_approved(asked: PendingApprovals) -> None:
    id = asked.ask()["id"]

    assert asked.api.post(f"/approvals/{id}/action").status_code == 422
    assert asked.api.post(f"/approvals/{id}/action", json={"approved": None}).status_code == 422
    assert asked.api.post(f"/approvals/{id}/reject", json={"approved": True}).status_code == 422
    assert asked.api.get(f"/approvals/{id}").json()["decisions"] == []


def test_unusual_text_is_returned_unchanged(asked: PendingApprovals) -> None:
    id = asked.ask()["id"]

    shown = asked.api.post(f"/approvals/{id}/approve", data=b'{"comment": "a\\u0000b", "approved_by": "Zo\xc3\xab"}')

    assert '"comment":"a\\u0000b"' in shown.text
    assert shown.json()["decisions"][0]["approved_by"] == "Zoë"


# --- The outcome of a lost step -------------------------------------------------------------------------------------


def ask_outcome(asked: PendingApprovals) -> dict[str, Any]:
    """The question of a step whose worker was lost."""
    shown = asked.ask(kind="outcome")
    asked.write("UPDATE steps SET claim = 1, lost_claim = 1 WHERE execution_id = %s", shown["execution_id"])
    return shown


def step_of(asked: PendingApprovals, execution: str, node: str) -> dict[str, Any]:
    (found,) = [each for each in asked.api.get(f"/executions/{execution}/steps").json() if each["node_id"] == node]
    return found


@pytest.mark.parametrize("at_step", [True, False])
@pytest.mark.parametrize("happened", [True, False])
def test_outcome_is_answered_at_the_step_or_the_approval(
    asked: PendingApprovals, at_step: bool, happened: bool
) -> None:
    question = ask_outcome(asked)
    execution = question["execution_id"]
    before = step_of(asked, execution, "ask")
    body: dict[str, Any] = {"approved_by": "ann", **({"output": {"paid": 1}} if happened else {})}

    if at_step:
        response = asked.api.post(f"/executions/{execution}/steps/ask/outcome", json={"happened": happened, **body})
    else:
        response = asked.api.post(f"/approvals/{question['id']}/{'approve' if happened else 'reject'}", json=body)

    assert response.status_code == 200, response.text
    assert (response.json()["kind"], response.json()["id"]) == ("outcome", question["id"])
    assert response.json()["status"] == ("APPROVED" if happened else "REJECTED")
    after = step_of(asked, execution, "ask")
    assert (before["status"], before["outcome"]) == ("WAITING", "unknown")
    assert (after["status"], after["output"], after["outcome"]) == (
        ("COMPLETED", {"paid": 1}, None) if happened else ("READY", None, None)
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("{execution}/steps/ask/outcome", {"happened": "yes"}, 422),
        ("{execution}/steps/ask/outcome", {}, 422),
        ("{execution}/steps/ask/outcome", {"happened": True, "outptu": 1}, 422),
        ("{execution}/steps/ask/outcome", {"happened": False, "output": 1}, 422),
        ("{execution}/steps/yes/outcome", {"happened": True}, 409),
        ("{execution}/steps/a%00b/outcome", {"happened": True}, 409),
        ("{execution}/steps/a%2Fb/outcome", {"happened": True}, 409),
        ("01890000-0000-7000-8000-000000000000/steps/ask/outcome", {"happened": True}, 404),
        ("nothing/steps/ask/outcome", {"happened": True}, 404),
    ],
)
def test_outcome_that_does_not_fit_is_refused(
    asked: PendingApprovals, path: str, body: dict[str, Any], status: int
) -> None:
    execution = ask_outcome(asked)["execution_id"]

    response = asked.api.post(f"/executions/{path.format(execution=execution)}", json=body)

    assert response.status_code == status, response.text
    assert step_of(asked, execution, "ask")["outcome"] == "unknown"


def test_decision_takes_no_output(asked: PendingApprovals) -> None:
    approval = asked.ask()

    response = asked.api.post(f"/approvals/{approval['id']}/approve", json={"output": 1})

    assert response.status_code == 422
    assert response.json()["detail"] == f"Approval {approval['id']} asks for a decision; it takes no output."


def test_decisions_at_the_same_time_each_get_their_own(asked: PendingApprovals) -> None:
    ids = [asked.ask()["id"] for _ in range(8)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda id: asked.api.post(f"/approvals/{id}/approve", json={"comment": id}), ids))

    assert [answer.status_code for answer in answers] == [200] * 8
    shown = [answer.json() for answer in answers]
    assert [(each["id"], each["status"], each["decisions"][0]["comment"]) for each in shown] == [
        (id, "APPROVED", id) for id in ids
    ]

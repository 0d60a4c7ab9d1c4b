"""What people and keys do by hand is in the audit, if it was done; no entry can be changed."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from tests.api.access.conftest import MakeKey, with_key
from tests.api.client import NOTE, Api
from tests.servers import execute


def actions_on(admin: Api, thing_id: str) -> list[str]:
    """The actions on a thing, the oldest first."""
    return [entry["action"] for entry in reversed(admin.get("/audit", params={"thing_id": thing_id}).json())]


@pytest.fixture(scope="module")
def ann(anonymous: Api, make_key: MakeKey) -> Api:
    scopes = ("workflows:write", "executions:write", "workflows:read", "executions:read")
    return with_key(anonymous, make_key(*scopes, name="ann")["key"])


def test_saves_and_deletions_are_audited(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="audited")
    ann.put(f"/workflows/{workflow['id']}", json={"name": "audited", "is_active": False})
    ann.delete(f"/workflows/{workflow['id']}")

    found = admin.get("/audit", params={"thing_id": workflow["id"]}).json()

    assert [entry["action"] for entry in found] == ["delete", "save", "save"]
    assert {(entry["actor"], entry["address"], entry["thing"]) for entry in found} == {("ann", "127.0.0.1", "workflow")}
    assert found[1]["detail"] == {"name": "audited", "version": 1, "is_active": False}


def test_history_names_the_author_of_each_save(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="signed")
    admin.delete(f"/workflows/{workflow['id']}")

    revisions = ann.get(f"/workflows/{workflow['id']}/revisions").json()

    assert [revision["by"] for revision in revisions] == ["ADMIN_KEY", "ann"]


def test_commands_on_executions_are_audited(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="commanded", trigger=None)
    execution = ann.post("/executions", json={"workflow_id": workflow["id"]}).json()["id"]

    for command in ("pause", "resume", "cancel", "retry"):
        assert ann.post(f"/executions/{execution}/{command}").status_code == 200

    assert actions_on(admin, execution) == ["start", "pause", "resume", "cancel", "retry"]


def test_test_is_audited_with_what_it_tests(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="tried", trigger=None, graph=NOTE)

    test = ann.post(f"/workflows/{workflow['id']}/test", json={"only": "note"})

    assert test.status_code == 201, test.text
    (entry,) = admin.get("/audit", params={"thing_id": test.json()["id"]}).json()
    assert (entry["actor"], entry["action"], entry["thing"]) == ("ann", "test", "execution")
    assert entry["detail"] == {"workflow_id": workflow["id"], "only": "note", "until": None}


def test_test_may_start_only_workflows_that_its_key_sees(anonymous: Api, admin: Api, make_key: MakeKey) -> None:
    own = admin.save(name="trial-own", trigger=None, graph=NOTE)
    scopes = ("workflows:write", "executions:write")
    bound = with_key(anonymous, make_key(*scopes, name="trial", workflow_prefix="trial-")["key"])
    child = {"id": "child", "type": "sub_workflow", "data": {"workflow": "finance"}}

    answer = bound.post(f"/workflows/{own['id']}/test", json={"document": {"graph": {"nodes": [child], "edges": []}}})

    assert (answer.status_code, "may not start 'finance'" in answer.text) == (403, True)


def test_command_that_is_refused_is_not_audited(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="refused", trigger=None)
    execution = ann.post("/executions", json={"workflow_id": workflow["id"]}).json()["id"]

    refused = [ann.post(f"/executions/{execution}/{command}").status_code for command in ("resume", "retry")]
    stale = ann.delete(f"/workflows/{workflow['id']}", headers={"If-Match": '"other"'})

    assert (refused, stale.status_code) == ([409, 409], 412)
    assert actions_on(admin, execution) == ["start"]
    assert actions_on(admin, workflow["id"]) == ["save"]


def test_start_for_past_event_is_audited_once(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="fired", trigger=None)
    event = admin.fire({"past": True})["event_id"]

    answers = [ann.post(f"/events/{event}/start", json={"workflow_id": workflow["id"]}).status_code for _ in range(2)]

    assert answers == [201, 409]
    (entry,) = admin.get("/audit", params={"thing_id": event}).json()
    assert (entry["action"], entry["thing"], entry["detail"]) == ("fire", "event", {"workflow_id": workflow["id"]})


def test_posted_events_are_not_audited(admin: Api) -> None:
    event = admin.fire({"plain": True})["event_id"]

    assert actions_on(admin, event) == []


def test_key_is_audited_without_the_key(admin: Api, make_key: MakeKey) -> None:
    made = make_key("events:write", name="audited key")
    admin.delete(f"/keys/{made['id']}")

    found = admin.get("/audit", params={"thing_id": made["id"]})

    assert [entry["action"] for entry in found.json()] == ["revoke", "create"]
    assert made["key"] not in found.text


def test_entries_are_filtered_and_paged(ann: Api, admin: Api) -> None:
    for number in range(3):
        ann.save(name=f"paged {number}")

    first = admin.get("/audit", params={"actor": "ann", "action": "save", "thing": "workflow", "limit": "2"})
    second = admin.get(first.links["next"]["url"]).json()
    since = first.json()[1]["at"]

    assert len(first.json()) == 2
    assert second[0]["id"] < first.json()[1]["id"]
    assert admin.get("/audit", params={"actor": "nobody"}).json() == []
    assert len(admin.get("/audit", params={"actor": "ann", "from": since}).json()) == 2
    assert second[0]["id"] in [entry["id"] for entry in admin.get("/audit", params={"to": since}).json()]
    first_moment, last_moment = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
    assert len(admin.get("/audit", params={"from": first_moment, "to": last_moment, "limit": "3"}).json()) == 3
    assert admin.get("/audit", params={"from": last_moment, "to": first_moment}).json() == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_audit_cannot_be_changed(admin: Api, make_key: MakeKey, guarded_database_url: str, statement: str) -> None:
    make_key("events:write")

    with pytest.raises(psycopg2.errors.RestrictViolation, match=f"append-only: {statement.split()[0]} is refused"):
        execute(guarded_database_url, statement)


def test_fork_is_audited(ann: Api, admin: Api) -> None:
    workflow = ann.save(name="forked", trigger=None)
    execution = ann.post("/executions", json={"workflow_id": workflow["id"]}).json()["id"]
    edited: dict[str, Any] = {"from": "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30", "graph": NOTE}

    assert ann.post(f"/executions/{execution}/fork", json=edited).status_code in (404, 409, 422)
    assert actions_on(admin, execution) == ["start"]


def test_edit_of_a_fork_needs_the_scope_of_saves(anonymous: Api, make_key: MakeKey, ann: Api) -> None:
    workflow = ann.save(name="edited", trigger=None)
    execution = ann.post("/executions", json={"workflow_id": workflow["id"]}).json()["id"]
    starter = with_key(anonymous, make_key("executions:write", name="starter")["key"])

    for edit in ({"graph": NOTE}, {"data": {"note": {"toRole": "AE", "message": "Other"}}}):
        refused = starter.post(f"/executions/{execution}/fork", json={"from": workflow["id"], **edit})

        assert refused.status_code == 403
        assert "workflows:write" in refused.json()["detail"]

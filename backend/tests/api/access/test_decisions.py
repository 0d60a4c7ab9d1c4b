"""The authenticated caller decides, never a name in the body; links of others are for the scope ``admin``."""

from __future__ import annotations

import pytest

from tests.api.access.conftest import MakeKey, with_key
from tests.api.client import Api
from tests.api.pending_approvals import PendingApprovals


@pytest.fixture(scope="module")
def asked(admin: Api, guarded_database_url: str) -> PendingApprovals:
    return PendingApprovals(admin, guarded_database_url)


@pytest.fixture(scope="module")
def ann(anonymous: Api, make_key: MakeKey) -> Api:
    return with_key(anonymous, make_key("approvals:decide", name="ann")["key"])


@pytest.mark.parametrize("path", ["approve", "action"])
def test_name_in_the_body_is_ignored(asked: PendingApprovals, ann: Api, path: str) -> None:
    approval = asked.ask(approvers='["ann", "bob"]')

    decided = ann.post(f"/approvals/{approval['id']}/{path}", json={"approved": True, "approved_by": "bob"})

    assert decided.status_code == 200, decided.text
    assert [decision["approved_by"] for decision in decided.json()["decisions"]] == ["ann"]
    assert decided.json()["notes"] == ["`approved_by` is ignored: requests are authenticated, and ann decided."]


def test_decision_needs_no_name(asked: PendingApprovals, ann: Api) -> None:
    approval = asked.ask(approvers='["ann"]')

    decided = ann.post(f"/approvals/{approval['id']}/reject").json()

    assert (decided["status"], decided["decisions"][0]["approved_by"]) == ("REJECTED", "ann")
    assert "notes" not in decided


def test_other_person_may_not_decide(asked: PendingApprovals, ann: Api) -> None:
    approval = asked.ask(approvers='["bob"]')

    refused = ann.post(f"/approvals/{approval['id']}/approve", json={"approved_by": "bob"})

    assert refused.status_code == 403
    assert refused.json()["detail"] == f"ann is not among the approvers of approval {approval['id']}."


def test_links_are_shown_to_their_approver_and_to_admins(asked: PendingApprovals, ann: Api, admin: Api) -> None:
    approval = asked.ask(approvers='["ann", "bob"]')
    path = f"/approvals/{approval['id']}/links"

    assert [link["approver"] for link in ann.get(path).json()] == ["ann"]
    assert [link["approver"] for link in admin.get(path).json()] == ["ann", "bob"]


def test_link_decides_without_a_key(asked: PendingApprovals, admin: Api, anonymous: Api) -> None:
    approval = asked.ask(approvers='["bob"]')
    (link,) = admin.get(f"/approvals/{approval['id']}/links").json()

    decided = anonymous.post(link["approve"])
    (entry,) = admin.get("/audit", params={"thing_id": approval["id"]}).json()

    assert decided.status_code == 200
    assert (entry["actor"], entry["action"], entry["thing"]) == ("bob", "approve", "approval")
    assert entry["address"] == "127.0.0.1"

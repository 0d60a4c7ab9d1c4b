"""The inbox: what waits for people, the nearest deadline first."""

from __future__ import annotations

from app.settings import Settings
from tests.api.client import Api
from tests.api.pending_approvals import PendingApprovals
from tests.api.recorded import RecordedExecution


def test_nearest_deadline_comes_first(api: Api, settings: Settings) -> None:
    pending = PendingApprovals(api, settings.database)
    never = pending.ask()["id"]
    later = pending.ask(expires_at="2126-01-02")["id"]
    soon = pending.ask(expires_at="2126-01-01")["id"]

    found = api.get("/approvals/inbox").json()
    pages = api.get("/approvals/inbox", params={"limit": 2})

    assert [row["id"] for row in found] == [soon, later, never]
    assert (found[0]["workflow_id"], found[0]["workflow_name"]) == (pending.workflow, "w")
    assert [row["id"] for row in api.get(pages.links["next"]["url"]).json()] == [never]


def test_decided_approvals_are_listed_apart(api: Api, settings: Settings) -> None:
    pending = PendingApprovals(api, settings.database)
    pending.ask()
    decided = pending.ask(status="REJECTED")["id"]

    assert [row["id"] for row in api.get("/approvals/inbox", params={"state": "decided"}).json()] == [decided]
    assert api.get("/approvals/inbox", params={"state": "all"}).status_code == 422


def test_waiting_approvals_are_counted(api: Api, settings: Settings) -> None:
    pending = PendingApprovals(api, settings.database)
    pending.ask()
    pending.ask(expires_at="2126-01-01")
    pending.ask(expires_at="2001-01-01")
    pending.ask(status="APPROVED")

    assert api.get("/approvals/counts").json() == {"waiting": 3, "due_soon": 1}


def test_inbox_is_of_one_workflow(api: Api, settings: Settings) -> None:
    pending = PendingApprovals(api, settings.database)
    pending.ask()

    assert len(api.get("/approvals/inbox", params={"workflow_id": pending.workflow}).json()) == 1
    assert api.get("/approvals/inbox", params={"workflow_id": "x"}).json() == []


def test_approvals_that_end_soon_are_listed_apart(api: Api, settings: Settings) -> None:
    asked = PendingApprovals(api, settings.database)
    soon, late, never = (asked.ask()["id"] for _ in range(3))
    recorded = RecordedExecution(settings.database, soon)
    for id, time in ((soon, "1 hour"), (late, "2 days")):
        recorded.execute("UPDATE approvals SET expires_at = now() + %s::interval WHERE id = %s", time, id)

    found = api.get("/approvals/inbox?state=soon").json()

    assert [row["id"] for row in found] == [soon]
    assert {row["id"] for row in api.get("/approvals/inbox").json()} == {soon, late, never}

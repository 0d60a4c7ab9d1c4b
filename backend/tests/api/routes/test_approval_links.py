"""A signed link makes one decision of one approver, once, and only by the button of its page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.engine.services.approval_links import Ticket, sign, verify
from app.settings import Settings
from app.storage.ids import new_id
from app.storage.migrate import migrate
from tests.api.client import running_api
from tests.api.pending_approvals import PendingApprovals
from tests.servers import Databases

KEY = "a key of the tests"


@pytest.fixture(scope="module")
def asked(databases: Databases) -> Iterator[PendingApprovals]:
    settings = {"approval_secret": KEY}
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url, **settings)) as api:
        yield PendingApprovals(api, url)


def test_opening_a_link_does_not_decide_its_button_does(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann <b>", "bob"]', description='"Why & <how>"')
    links = asked.api.get(f"/approvals/{approval['id']}/links").json()
    assert [link["approver"] for link in links] == ["ann <b>", "bob"]

    page = asked.api.get(links[0]["approve"])

    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert page.headers["Content-Type"].startswith("text/html")
    assert '<button class="approve">Approve as ann &lt;b&gt;</button>' in page.text
    assert "Why &amp; &lt;how&gt;" in page.text
    assert asked.api.get(f"/approvals/{approval['id']}").json()["decisions"] == []
    answer = asked.api.post(links[0]["approve"], data={"comment": " fine & well "})
    assert (answer.status_code, "approved as ann &lt;b&gt;" in answer.text) == (200, True)
    shown = asked.api.get(f"/approvals/{approval['id']}").json()
    (decision,) = shown["decisions"]
    assert (shown["status"], decision["approved_by"], decision["comment"]) == ("APPROVED", "ann <b>", "fine & well")
    assert [wake_up.node_id for wake_up in asked.api.woken] == ["yes"]


def test_link_works_once(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann", "bob", "cem"]', needed=2)
    ann, bob, _ = asked.api.get(f"/approvals/{approval['id']}/links").json()
    assert asked.api.post(ann["approve"]).status_code == 200

    again = [asked.api.post(ann["approve"]), asked.api.get(ann["approve"]), asked.api.post(ann["reject"])]

    assert [answer.status_code for answer in again] == [409, 409, 409]
    assert asked.api.get(f"/approvals/{approval['id']}").json()["status"] == "PENDING"
    assert asked.api.post(bob["reject"]).status_code == 200
    assert asked.api.get(f"/approvals/{approval['id']}").json()["status"] == "REJECTED"
    assert asked.api.post(ann["approve"]).status_code == 409


def test_link_pressed_concurrently_decides_once(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann", "bob"]', needed=2)
    ann, _ = asked.api.get(f"/approvals/{approval['id']}/links").json()
    together = threading.Barrier(8)

    def press(_: int) -> int:
        together.wait()
        return asked.api.post(ann["approve"]).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(press, range(8)))

    assert statuses == [200, *[409] * 7]
    assert len(asked.api.get(f"/approvals/{approval['id']}").json()["decisions"]) == 1


def test_unsigned_link_is_not_valid(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann"]')
    good = sign(Ticket(approval["id"], "ann", True), KEY)
    content, _, signature = good.partition(".")
    other = sign(Ticket(approval["id"], "ann", False), KEY).partition(".")[0]
    forged = sign(Ticket(approval["id"], "ann", True), "another key")

    for token in (
        f"{other}.{signature}",
        content,
        f"{content}.",
        f".{signature}",
        forged,
        "x",
        "%00",
        "ü.ü",
        good + "A",
    ):
        for answer in (asked.api.get(f"/approvals/links/{token}"), asked.api.post(f"/approvals/links/{token}")):
            assert (answer.status_code, "not valid" in answer.text) == (404, True), token
    assert asked.api.get(f"/approvals/{approval['id']}").json()["decisions"] == []


def test_invalid_links_decide_nothing(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann"]')

    gone = asked.api.post(f"/approvals/links/{sign(Ticket(new_id(), 'ann', True), KEY)}")
    stranger = asked.api.post(f"/approvals/links/{sign(Ticket(approval['id'], 'eve', True), KEY)}")

    assert (gone.status_code, stranger.status_code) == (404, 409)
    assert asked.api.get(f"/approvals/{approval['id']}").json()["decisions"] == []


def test_without_a_key_there_are_no_links(databases: Databases) -> None:
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        approval = PendingApprovals(api, url).ask(approvers='["ann"]')

        answers = [
            api.get(f"/approvals/{approval['id']}/links"),
            api.post("/approvals/links/x"),
            api.get("/approvals/links/x"),
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert "APPROVAL_SECRET is not set" in answers[0].json()["detail"]


def test_signed_ticket_is_read_back() -> None:
    ticket = Ticket(new_id(), 'Zoë "\\ /', False)

    assert verify(sign(ticket, KEY), KEY) == ticket
    assert verify(sign(ticket, KEY), KEY + "!") is None


def test_page_shows_context_and_earlier_decisions(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann", "bob"]', needed=2, context='{"amount": 1200, "by": "<eve>"}')
    ann, bob = asked.api.get(f"/approvals/{approval['id']}/links").json()
    asked.api.post(ann["approve"], data={"comment": "Fine & <good>"})

    page = asked.api.get(bob["approve"])
    own = asked.api.get(ann["approve"])

    assert page.status_code == 200
    for text in (
        "&#34;amount&#34;: 1200",
        "&lt;eve&gt;",
        "1 of 2 approvals",
        "ann approved",
        "Fine &amp; &lt;good&gt;",
    ):
        assert text in page.text, text
    assert "you have already approved this" in own.text
    asked.api.post(bob["approve"])
    assert "you have already approved this" in asked.api.get(ann["reject"]).text


def test_page_of_an_ended_approval_names_its_status(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann", "bob"]')
    ann, bob = asked.api.get(f"/approvals/{approval['id']}/links").json()
    asked.api.post(ann["reject"])

    page = asked.api.get(bob["approve"])

    assert (page.status_code, "no longer valid: the approval is REJECTED" in page.text) == (409, True)
    assert "<button" not in page.text


@pytest.mark.parametrize("count", [11, 1001])
def test_form_with_many_fields_is_read_or_refused(asked: PendingApprovals, count: int) -> None:
    approval = asked.ask(approvers='["ann"]')
    (ann,) = asked.api.get(f"/approvals/{approval['id']}/links").json()

    answer = asked.api.post(ann["approve"], data="&".join(["a=1"] * count))

    assert answer.status_code == (200 if count <= 1000 else 422)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_browser_can_send_the_form(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann"]')
    (ann,) = asked.api.get(f"/approvals/{approval['id']}/links").json()

    assert asked.api.get(ann["approve"]).headers["Referrer-Policy"] == "same-origin"
    assert asked.api.post(ann["approve"], headers={"Origin": asked.api.url}).status_code == 200


def test_link_with_parameters_of_a_mail_program_opens(asked: PendingApprovals) -> None:
    approval = asked.ask(approvers='["ann"]')
    (ann,) = asked.api.get(f"/approvals/{approval['id']}/links").json()

    assert asked.api.get(f"{ann['approve']}?utm_source=mail").status_code == 200


def test_links_begin_with_the_external_url(databases: Databases) -> None:
    settings = {"approval_secret": KEY, "external_url": "https://flows.example.com/x/"}
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url, **settings)) as api:
        approval = PendingApprovals(api, url).ask(approvers='["ann"]')

        (ann,) = api.get(f"/approvals/{approval['id']}/links").json()

    assert ann["approve"].startswith("https://flows.example.com/x/approvals/links/")

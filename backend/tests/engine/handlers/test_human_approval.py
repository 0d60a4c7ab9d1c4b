"""The node type ``human_approval``: who may decide, and how approvers are notified."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.handlers.human_approval import handler
from app.engine.registry import HandlerResult, Services
from app.engine.services.approval_links import ApprovalLinks, Ticket, verify
from app.errors import StepFailed
from app.logic.templates import Scope, compile_template
from tests.engine.attempts.test_step_data import compiled
from tests.odd_server import odd_server

KEY = "a key that nobody can guess"
EXECUTION = "01a1fe04-e079-758c-858c-e0e06979bf48"
MESSAGE = "{{ approval.title }} for {{ payload.customer }}: {{ approval.links[1].approve }}"


def ask(services: Services, **data: Any) -> HandlerResult:
    payload = {"customer": "A-7"}
    return handler.execute(node_id="ask", data=data, exec_id=EXECUTION, payload=payload, services=services)


def services(notify: Any, **given: Any) -> Services:
    def fill(key: str, payload: Any) -> Any:
        return compile_template(notify).render(Scope(payload=payload))

    return Services(idempotency_key=EXECUTION, fill=fill, **given)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the first message loads all plugins of apprise
def test_approvers_get_their_links_when_the_approval_begins() -> None:
    notification = {"toRole": "ops", "message": MESSAGE}
    with odd_server() as channel:
        given = services(
            notification,
            approval_links=ApprovalLinks(KEY, "https://flows.example"),
            channels={"ops": [channel.url.replace("http", "json")]},
        )

        result = ask(given, title="Refund", approvers=["ann", "bob"], notify=notification)

        (sent,) = channel.received
    text, _, link = sent.json["message"].partition(": ")
    assert text == "Refund for A-7"
    ticket = verify(link.removeprefix("https://flows.example/approvals/links/"), KEY)
    assert ticket == Ticket(result.result["approval_id"], "bob", True)
    approval, listed = sorted(given.records, key=lambda record: record.kind)
    assert approval.id == result.result["approval_id"]
    assert listed.values == {"notified": "ops", "message": "Refund for A-7: ***"}


def test_attempt_that_runs_again_has_the_same_id() -> None:
    notification = {"toRole": "nobody", "message": "{{ approval.id }}"}
    first, again = (ask(services(notification), notify=notification).result["approval_id"] for _ in range(2))

    assert first == again
    assert ask(services(notification, attempt=2), notify=notification).result["approval_id"] != first


def test_links_without_a_key_fail_with_the_remedy() -> None:
    notification = {"toRole": "ops", "message": MESSAGE}

    with pytest.raises(StepFailed) as failed:
        ask(services(notification), approvers=["ann"], notify=notification)

    assert str(failed.value) == (
        "Node ask: notify refers to approval.links, which need APPROVAL_SECRET; set it for workers and API."
    )
    assert (failed.value.kind, failed.value.retry) == ("NotConfigured", False)


def test_only_an_approval_that_notifies_has_effects() -> None:
    assert compiled("human_approval", approvers=["ann"]).pure
    assert not compiled("human_approval", notify={"toRole": "ops", "message": "x"}).pure


@pytest.mark.parametrize("approvers", [[], "", [""]])
def test_empty_approvers_are_refused(approvers: Any) -> None:
    fault = compiled("human_approval", approvers=approvers).fault

    assert fault == ("Node n: approvers: it is empty, so nobody could decide; name people, or leave the key out.")


def test_links_need_names() -> None:
    fault = compiled("human_approval", notify={"message": MESSAGE}).fault

    assert fault is not None
    assert "notify refers to approval.links, but approvers is not set; name the people who get links" in fault

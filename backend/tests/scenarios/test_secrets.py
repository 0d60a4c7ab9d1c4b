"""Secrets with the names of our own fields, and timeouts that are templates, on real workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.services.approval_links import Ticket, verify
from app.scripts.stack.embedded import Servers
from tests.odd_server import OddServer, Received, odd_server, response
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases

#: Each is the name of a column, of a field or of a status of ours.
SECRETS = {
    "SECRET_ITEM": "item",
    "SECRET_MESSAGE": "message",
    "SECRET_TITLE": "title",
    "SECRET_TEXT": "text",
    "SECRET_CONDITION": "condition",
    "SECRET_TOKEN": "top-secret-token-9131",
    "SECRET_PHRASE": "p@ss word!",
}
KEY = "a key that nobody can guess"


@pytest.fixture(scope="module")
def odd() -> Iterator[OddServer]:
    with odd_server() as started:
        yield started


@pytest.fixture(scope="module")
def opened(
    servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory, odd: OddServer
) -> Iterator[Stack]:
    links = {"APPROVAL_SECRET": KEY, "NOTIFICATION_CHANNELS": f"sales=json://127.0.0.1:{odd.port}/channel"}
    with stack(servers, databases, tmp_path_factory.mktemp("named"), **SECRETS, **links) as started:
        started.start_worker()
        yield started


CHILD = {"nodes": [{"id": "start", "type": "start"}], "edges": []}
#: Nodes whose rows have columns with the names of the secrets, and the statuses that they reach.
NAMED: list[tuple[dict[str, Any], str]] = [
    (node("sub_workflow", payload={"tenant": "{{ secret.ITEM }}"}, graph=CHILD), "COMPLETED"),
    (node("for_each", items=[1], payload={"items": "{{ secret.ITEM }}"}, graph=CHILD), "COMPLETED"),
    (node("human_approval", title="plan {{ secret.TITLE }}", context={"a": "{{ secret.TEXT }}"}), "RUNNING"),
    (node("send_notification", toRole="ops", message="from {{ secret.MESSAGE }}"), "COMPLETED"),
    (node("wait_for_event", condition=True, max_wait_time="{{ secret.CONDITION }}"), "FAILED"),
    (node("emit_event", payload={"event_id": "{{ secret.ITEM }}"}), "COMPLETED"),
]


def test_secret_named_like_a_field_never_stops_a_step(opened: Stack) -> None:
    ids = [opened.begin(graph("start>n", n=each)) for each, _ in NAMED]

    for id, (_, status) in zip(ids, NAMED, strict=True):
        if status == "RUNNING":
            asked = opened.asks(id)
            assert (asked.title, asked.context) == ("plan ***", {"a": "***"})
        else:
            assert opened.finish(id).status == status, opened.story(id)
            assert [step.attempt for step in opened.steps(id) if step.node_id == "n"] == [1]


def test_output_keeps_its_fields_and_hides_every_spelling(opened: Stack, odd: OddServer) -> None:
    url = odd.url + "/echo?text={{ secret.TEXT }}&k={{ secret.PHRASE }}"
    asking = node(
        "http_call",
        method="POST",
        url=url.replace("//", "//me:{{ secret.TOKEN | urlencode }}@"),
        headers={"X-Token": "{{ secret.TOKEN }}"},
        body={"a": "{{ secret.PHRASE }}"},
    )

    id = opened.begin(graph("start>n", n=asking))

    output = opened.finish(id).output
    assert output["status_code"] == 200
    assert output.keys() == {"status_code", "headers", "text", "json"}
    assert output["json"]["headers"]["X-Token"] == "***"
    (request,) = odd.at("/echo")
    assert request.json == {"a": "p@ss word!"}
    stored = json.dumps(output)
    assert [piece for piece in ("p@ss", "p%40ss", "secret-token", "dG9wLXNlY3Jld") if piece in stored] == []


def test_timeout_from_a_template_ends_the_handler(opened: Stack, odd: OddServer) -> None:
    def drip(request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        while not odd.ended.wait(0.1):
            yield b"."

    odd.reply("/drip", drip)
    limited = {
        "task": node("task_b", timeout="{{ payload.t }}"),
        "call": node("http_call", url=odd.url + "/drip", timeout="{{ payload.t }}"),
    }

    ids = {name: opened.begin(graph("start>n", n=each), {"t": 0.5}) for name, each in limited.items()}
    wrong = [opened.begin(graph("start>n", n=limited["task"]), {"t": value}) for value in ("abc", -1, 0, None)]

    for id in ids.values():
        assert opened.finish(id).status == "FAILED"
        assert opened.step(id, "n").error["type"] in ("Timeout", "ReadTimeout")
    for id in wrong:
        assert opened.finish(id).status == "FAILED"
        assert opened.step(id, "n").error["type"] == "InvalidData"


def test_answer_in_an_unknown_charset_is_called_once(opened: Stack, odd: OddServer) -> None:
    odd.reply("/pay", response(b"Gr\xfc\xdfe", "Content-Type: text/plain; charset=x-unknown"))
    paying = node("http_call", method="POST", url=odd.url + "/pay", retry={"initial_interval": "10ms"})

    id = opened.begin(graph("start>n", n=paying))

    assert opened.finish(id).status == "FAILED"
    assert opened.step(id, "n").error == {
        "type": "UnknownCharset",
        "message": f'POST {odd.url}/pay: the charset "x-unknown" of the answer is not known, '
        "and its bytes are not UTF-8.",
    }
    assert len(odd.at("/pay")) == 1


def test_own_servers_cannot_be_called(opened: Stack) -> None:
    port = opened.database_url.rpartition(":")[2].partition("/")[0]

    id = opened.begin(graph("start>n", n=node("http_call", url=f"http://localhost:{port}/")))

    assert opened.finish(id).status == "FAILED"
    assert opened.step(id, "n").error["type"] == "AddressRefused"


def test_approval_sends_links_when_it_begins(opened: Stack, odd: OddServer) -> None:
    message = "{{ payload.id }}: {{ approval.links[0].approve }}"
    asking = node("human_approval", approvers=["ann"], notify={"toRole": "sales", "message": message})
    drawn = graph("start>ask", "ask:approved>yes", "ask:rejected>no", ask=asking)

    id = opened.begin(drawn, {"id": "A-7"})

    asked = opened.asks(id)
    (sent,) = odd.at("/channel")
    text, _, link = sent.json["message"].partition(": ")
    assert text == "A-7"
    assert verify(link.rpartition("/")[2], KEY) == Ticket(asked.id, "ann", True)
    (listed,) = opened.rows("SELECT message FROM notifications WHERE execution_id = %s", (id,))
    assert listed.message == "A-7: ***"
    opened.decide(asked.id, True, by="ann")
    assert opened.finish(id).output == "yes"


def test_approval_that_notifies_ends_after_its_time(opened: Stack) -> None:
    asking = node("human_approval", max_wait_time="200ms", notify={"toRole": "nobody", "message": "{{ approval.id }}"})

    id = opened.begin(graph("start>ask", "ask:timeout>late", "ask:approved>yes", ask=asking))

    assert opened.finish(id).output == "late"

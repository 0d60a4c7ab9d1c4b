"""``{{ secret.NAME }}``: the service is sent it, and it stands in no table and in no log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from app.scripts.stack.embedded import Servers
from tests.scenarios.conftest import SECRETS
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases
from tests.service import Service

CHANNELS = {"NOTIFICATION_CHANNELS": "down=json://127.0.0.1:9/"}
TOKEN, DIGITS = SECRETS["SECRET_TOKEN"], SECRETS["SECRET_DIGITS"]


@pytest.fixture(scope="module")
def chatty(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A worker that logs all that it and its libraries have to say."""
    with stack(servers, databases, tmp_path_factory.mktemp("chatty"), **SECRETS, **CHANNELS) as opened:
        opened.start_worker(level="DEBUG")
        yield opened


def traces(stack: Stack) -> list[str]:
    """Where a secret, or the better part of it, stands: in a table, or in a log."""
    forms = [TOKEN[:6], quote(TOKEN), DIGITS[:6]]
    texts = {"log": stack.log}
    for table in stack.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"):
        rows = stack.rows(f"SELECT t::text AS text FROM {table.name} t")
        texts[table.name] = "\n".join(row.text for row in rows)
    places = {name: re.search("|".join(map(re.escape, forms)), text) for name, text in texts.items()}
    return [f"{name}: {texts[name][at.start() - 150 : at.end() + 50]}" for name, at in places.items() if at]


def test_echoed_secret_is_redacted(chatty: Stack, calls: Service) -> None:
    echoing = graph(
        "start>call>after",
        call=node(
            "http_call",
            method="POST",
            url=calls.url + "/echo?q={{ secret.DIGITS }}",
            headers={"Authorization": "Bearer {{ secret.DIGITS }}", "X-Tag": "{{ secret.DIGITS }}"},
            body={"token": "{{ secret.TOKEN }}", "deep": [{"x": "a {{ secret.TOKEN }} b"}]},
        ),
        after=node("transform", value={"var": "$steps.call"}),
    )

    id = chatty.begin(echoing)

    assert chatty.finish(id).status == "COMPLETED"
    (call,) = calls.at("/echo")
    assert call.headers["Authorization"] == f"Bearer {DIGITS}"
    assert call.json == {"token": TOKEN, "deep": [{"x": f"a {TOKEN} b"}]}
    assert "***" in json.dumps(chatty.execution(id).output)
    assert traces(chatty) == []


def test_secret_cut_by_truncation_is_redacted(chatty: Stack, calls: Service) -> None:
    start = len(json.dumps({"body": "", "headers": {}}))
    bodies = [" " * (500 - start - shown) + "{{ secret.DIGITS }}" for shown in range(-150, 170, 4)]
    paths = [f"start>c{number}" for number in range(len(bodies))]
    called = {
        f"c{number}": node("http_call", method="POST", url=calls.url + "/echo", body=body)
        for number, body in enumerate(bodies)
    }

    id = chatty.begin(graph(*paths, **called))

    assert chatty.finish(id).status == "COMPLETED"
    assert traces(chatty) == []


def test_failed_call_does_not_reveal_a_secret(chatty: Stack, calls: Service) -> None:
    nowhere = "http://127.0.0.1:9/{{ secret.TOKEN }}?q={{ secret.DIGITS }}"
    failing = {
        "refused": node("http_call", url=nowhere),
        "unknown": node("http_call", url="http://{{ secret.DIGITS }}.invalid/"),
        "no_url": node("http_call", url="{{ secret.TOKEN }}"),
        "no_host": node("http_call", url="http://:{{ secret.TOKEN }}@/"),
        "status": node("http_call", url=calls.url + "/x?code=500&q={{ secret.DIGITS }}", fail_on_status=True),
        "redirect": node("http_call", url=calls.url + "/to?url=http://169.254.169.254/{{ secret.DIGITS }}"),
        "garbled": node("http_call", url=calls.url + "/cut?q={{ secret.DIGITS }}"),
        "method": node("http_call", url=calls.url, method="{{ secret.TOKEN }}"),
        "timeout": node("http_call", url=calls.url, timeout="{{ secret.TOKEN }}"),
        "header": node("http_call", url=calls.url, headers={"X": "{{ secret.DIGITS }}\nY: z"}),
        "delay": node("delay", ms="{{ secret.TOKEN }}"),
        "notification": node("send_notification", toRole="down", message="It is {{ secret.DIGITS }}"),
        "long": node("http_call", url="http://127.0.0.1:9/" + "x" * 1900 + "{{ secret.DIGITS }}" * 20),
    }

    ids = {name: chatty.begin(graph("start>a", a=each)) for name, each in failing.items()}

    statuses = {name: chatty.finish(id).status for name, id in ids.items()}
    assert {name for name, status in statuses.items() if status != "FAILED"} <= {"garbled"}
    assert traces(chatty) == []


def test_notification_lists_no_secret(chatty: Stack) -> None:
    id = chatty.begin(graph("start>a", a=node("send_notification", toRole="AE", message="It is {{ secret.DIGITS }}")))

    assert chatty.finish(id).output == {"notified": "AE", "message": "It is ***"}
    assert traces(chatty) == []


def test_secret_that_is_not_set_is_null(chatty: Stack, calls: Service) -> None:
    asking = node(
        "http_call", method="POST", url=calls.url + "/x", body={"a": "{{ secret.NONE }}", "b": "<{{ secret.NONE }}>"}
    )

    id = chatty.begin(graph("start>a", a=asking))

    assert chatty.finish(id).status == "COMPLETED"
    assert calls.at("/x")[0].json == {"a": None, "b": "<>"}


def test_secret_cannot_be_reached_by_a_rule_or_another_name(chatty: Stack, calls: Service) -> None:
    sneaking = node(
        "transform",
        value={"a": {"var": "secret.DIGITS"}, "b": {"var": "$secret.DIGITS"}, "c": "{{ secret.DIGITS }}"},
    )

    id = chatty.begin(graph("start>a", a=sneaking))

    assert chatty.finish(id).output == {"a": None, "b": None, "c": "{{ secret.DIGITS }}"}
    assert traces(chatty) == []

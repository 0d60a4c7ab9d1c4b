"""Canaries: secrets of every source go through every node type and every door, and none comes out."""

from __future__ import annotations

import json
import logging
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.secrets.box import make_box
from app.secrets.cache import SecretCache
from app.settings import Settings
from app.storage.stored_secrets import read_secrets
from tests.api.client import Api, running_api
from tests.odd_server import OddServer, Received, odd_server, redirect, response
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import NOWHERE, Databases

STORED, ENVIRONMENT = 'canary-stored-81 "ü"', "canary-environment-82"
PASSWORD, TOKEN, CLIENT = "canary-password-83", "canary-token-84", "canary-client-85"
ACCESS = "canary-access-86"
ADMIN_KEY = f"tg_canary-admin-{'k' * 43}"
APPROVAL_KEY = "canary-approval-88"
#: base64 of ``canary-secrets-key-87-0123456789``.
SECRETS_KEY = b64encode(b"canary-secrets-key-87-0123456789").decode()
CANARIES = (STORED, ENVIRONMENT, PASSWORD, TOKEN, CLIENT, ACCESS, ADMIN_KEY, APPROVAL_KEY, SECRETS_KEY)
KEYS = {"SECRETS_KEY": SECRETS_KEY, "ADMIN_KEY": ADMIN_KEY, "APPROVAL_SECRET": APPROVAL_KEY}


def spellings(canary: str) -> Iterator[str]:
    """Parts of a canary in every spelling, in small letters, each long enough to mean nothing else."""
    yield canary[:14].lower()
    yield quote(canary[:14], safe="").lower()
    yield canary[:14].encode().hex()
    for offset in range(3):
        # Without the first and the last characters, which depend on what is around it.
        yield b64encode(b" " * offset + canary[:14].encode()).decode()[4:16].lower()


def find_canaries(text: str) -> list[str]:
    folded = text.lower()
    return [canary for canary in CANARIES for spelling in spellings(canary) if spelling in folded]


@pytest.fixture(scope="module")
def odd() -> Iterator[OddServer]:
    with odd_server() as started:
        yield started


@pytest.fixture(scope="module")
def opened(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("canaries")
    with stack(servers, databases, folder, SECRET_ENVIRONMENT=ENVIRONMENT, **KEYS) as started:
        started.start_worker(pool="threads", concurrency=2, level="DEBUG", LOG_LEVEL="DEBUG")
        yield started


@pytest.fixture(scope="module")
def api(opened: Stack) -> Iterator[Api]:
    settings = Settings(
        database_url=opened.database_url,
        wake_up_grace=1,
        workflows_dir=NOWHERE,
        secrets_key=SECRETS_KEY,
        approval_secret=APPROVAL_KEY,
        auth="keys",
        admin_key=ADMIN_KEY,
    )
    with running_api(settings, wake=opened.publish_wake_ups) as client:
        client.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
        assert client.app is not None
        context = client.app.state.context
        cache = SecretCache(partial(read_secrets, context.engine), make_box(settings))
        config = replace(context.engine_context.config, secrets=cache)
        engine_context = replace(context.engine_context, config=config)
        client.app.state.context = replace(context, engine_context=engine_context)
        yield client
        cache.close()


def put(api: Api, path: str, **body: Any) -> None:
    answer = api.put(path, json=body)
    assert answer.status_code in (200, 201), answer.text


@pytest.fixture(scope="module")
def stored(api: Api, odd: OddServer) -> None:
    """The secrets, and a credential of each type."""
    for name, value in {"STORED": STORED, "PASSWORD": PASSWORD, "TOKEN": TOKEN, "CLIENT": CLIENT}.items():
        put(api, f"/secrets/{name}", value=value)
    hosts = [odd.url]
    put(api, "/credentials/bearer", type="bearer", token="TOKEN", hosts=hosts)
    put(api, "/credentials/basic", type="basic", username="me", password="PASSWORD", hosts=hosts)
    put(api, "/credentials/header", type="header", header="X-Key", value="TOKEN", hosts=hosts)
    client = {"token_url": f"{odd.url}/token", "client_id": "me", "client_secret": "CLIENT"}
    put(api, "/credentials/oauth", type="oauth2_client", hosts=hosts, **client)
    odd.reply("/token", response(json.dumps({"access_token": ACCESS, "expires_in": 600}).encode()))


BOTH = "{{ secret.STORED }} and {{ secret.ENVIRONMENT }}"
CHILD = {"nodes": [{"id": "start", "type": "start"}], "edges": []}


def nodes_of(odd: OddServer) -> dict[str, dict[str, Any]]:
    """Nodes that send, echo, quote, store and pass on secrets; each runs in a workflow of its own."""
    echo, gone = odd.url + "/echo", "http://127.0.0.1:9"
    headers, body = {"X-Both": "{{ secret.ENVIRONMENT }}"}, {"both": BOTH}
    query = "?q={{ secret.STORED | urlencode }}&r={{ secret.ENVIRONMENT }}"
    return {
        "bearer": node("http_call", url=echo + query, auth="bearer", headers=headers, body=body, method="POST"),
        "basic": node("http_request", url=echo + query, auth="basic", headers=headers),
        "header": node("call_external_service", url=echo + query, auth="header", mock=False, body=body, method="POST"),
        "oauth": node("http_call", url=echo, auth="oauth"),
        "refused": node("http_request", url=odd.url + "/refused" + query, auth="bearer"),
        "redirected": node("http_call", url=odd.url + "/away", auth="basic"),
        "unreachable": node("http_call", url=gone + "/" + query),
        "elsewhere": node("http_call", url=gone + "/" + query, auth="bearer"),
        "invalid": node("http_call", url=BOTH),
        "timeout": node("http_call", url=echo, timeout="{{ secret.ENVIRONMENT }}"),
        "transform": node("transform", value=BOTH),
        "fail": node("fail", message=BOTH),
        "llm": node("llm", prompt=BOTH),
        "notify": node("send_notification", toRole="{{ secret.ENVIRONMENT }}", message=BOTH),
        "emit": node("emit_event", event_type="seen", payload={"both": BOTH}),
        "ask": node("human_approval", title=BOTH, context={"both": BOTH}, approvers=["ann"]),
        "child": node("sub_workflow", payload={"both": BOTH}, graph=CHILD),
        "each": node("for_each", items=[1], payload={"both": BOTH}, graph=CHILD),
        "wait": node("wait_for_event", condition=True, max_wait_time="{{ secret.ENVIRONMENT }}"),
        "delay": node("delay", ms="{{ secret.ENVIRONMENT }}"),
    }


#: Nodes whose steps fail; ``ask`` waits.
FAILS = {"refused", "unreachable", "elsewhere", "invalid", "timeout", "fail", "wait", "delay"}


@pytest.fixture(scope="module")
def ran(opened: Stack, api: Api, odd: OddServer, stored: None) -> dict[str, tuple[str, str]]:
    """A workflow and its execution for each node: start ─▶ node ─▶ after, which repeats what came."""
    odd.reply("/refused", lambda request: response(str(request).encode(), status="400 Bad"))
    odd.reply("/away", redirect(302, "http://127.0.0.1:9/"))
    found = {}
    for name, given in nodes_of(odd).items():
        drawn = graph("start>n>after", n=given, after=node("transform", value="{{ input }}"))
        workflow = api.save(name=f"canary {name}", graph=drawn, trigger={"==": [{"var": "for"}, name]})
        (started,) = api.fire({"for": name})["executions"]
        found[name] = (workflow["id"], started["id"])
    for name, (_, execution) in found.items():
        if name == "ask":
            opened.asks(execution)
        else:
            expected = "FAILED" if name in FAILS | {"redirected"} else "COMPLETED"
            assert opened.finish(execution).status == expected, (name, opened.story(execution))
    return found


def test_canaries_were_really_sent(odd: OddServer, ran: dict[str, tuple[str, str]]) -> None:
    came = "\n".join(f"{request.target} {request.headers} {request.body!r}" for request in odd.received)

    basic = b64encode(f"me:{PASSWORD}".encode()).decode()
    assert [each for each in (ENVIRONMENT, TOKEN, basic, ACCESS, quote(STORED, safe="")) if each not in came] == []
    assert find_canaries(json.dumps(ADMIN_KEY)) != []


def test_no_table_has_a_canary(opened: Stack, ran: dict[str, tuple[str, str]]) -> None:
    tables = opened.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    rows = {
        table.relname: [row.text for row in opened.rows(f"SELECT t::text AS text FROM {table.relname} t")]
        for table in tables
    }

    assert len(rows["steps"]) > 20
    assert [(table, row) for table, found in rows.items() for row in found if find_canaries(row)] == []


def test_no_log_has_a_canary(opened: Stack, ran: dict[str, tuple[str, str]]) -> None:
    assert "failed" in opened.log
    assert find_canaries(opened.log) == []


def test_no_answer_of_a_get_has_a_canary(
    opened: Stack, api: Api, ran: dict[str, tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ids = {
        "event_id": [str(row.id) for row in opened.rows("SELECT id FROM events")],
        "approval_id": [str(row.id) for row in opened.rows("SELECT id FROM approvals")],
        "step_id": [str(row.id) for row in opened.rows("SELECT id FROM steps WHERE node_id = 'n'")],
        "execution_id": [str(row.id) for row in opened.rows("SELECT id FROM executions")],
        "workflow_id": [workflow for workflow, _ in ran.values()],
        "name": ["STORED", "TOKEN", "bearer", "oauth"],
    }
    answers = {}
    for path in api.get("/openapi.json").json()["paths"]:
        parameter = path.partition("{")[2].partition("}")[0]
        for id in ids.get(parameter, [""]) if path.count("{") == 1 else [] if "{" in path else [""]:
            address = path.replace(f"{{{parameter}}}", id)
            answers[address] = api.get(address)
    answers["/openapi.json"] = api.get("/openapi.json")

    assert [address for address, answer in answers.items() if answer.status_code >= 500] == []
    assert sum(answer.status_code == 200 for answer in answers.values()) > 150
    assert [address for address, answer in answers.items() if find_canaries(answer.text)] == []
    assert find_canaries(caplog.text) == []


def test_no_answer_of_a_command_has_a_canary(opened: Stack, api: Api, ran: dict[str, tuple[str, str]]) -> None:
    answers = []
    for name in ("bearer", "transform", "fail"):
        workflow, execution = ran[name]
        (step,) = [each for each in opened.steps(execution) if each.node_id == "n"]
        forked = api.post(f"/executions/{execution}/fork", json={"from": str(step.id)})
        assert forked.status_code in (200, 201), forked.text
        other = forked.json()["id"]
        opened.finish(other)
        answers += [forked, api.get(f"/executions/{execution}/diff/{other}"), api.get(f"/executions/{other}/why")]
        answers.append(api.post(f"/executions/{execution}/fork", json={"from": str(step.id), "dry_run": True}))
        answers.append(api.post(f"/workflows/{workflow}/shadow", json={"version": 1}))
        answers.append(api.post("/triggers/explain", json={"trigger": {"==": [{"var": "for"}, name]}, "payload": {}}))
        saved = api.get(f"/workflows/{workflow}").json()
        answers.append(api.post("/workflows/validate", json={"name": "w", "graph": saved["graph"]}))
    answers.append(api.post("/backtests", json={"rule": True, "workflow_id": workflow}))
    answers.append(api.put("/secrets/STORED", json={"value": STORED, "other": 1}))
    answers.append(api.put("/credentials/bearer", json={"type": "bearer", "token": TOKEN, "hosts": ["a.example"]}))

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert [answer.text for answer in answers if find_canaries(answer.text)] == []


def test_value_stored_while_a_step_runs_is_redacted_too(opened: Stack, api: Api, odd: OddServer, stored: None) -> None:
    released = threading.Event()

    def answer_late(request: Received) -> bytes:
        released.wait(60)
        return response(json.dumps({"before": "canary-before-90", "after": "canary-after-91"}).encode())

    put(api, "/secrets/ROTATED", value="canary-before-90")
    odd.reply("/late", answer_late)
    late = opened.begin(graph("n", n=node("http_call", url=odd.url + "/late?s={{ secret.ROTATED }}")))
    assert wait_until(lambda: bool(odd.at("/late")), seconds=20)

    put(api, "/secrets/ROTATED", value="canary-after-91")
    sent = graph("n", n=node("http_call", url=odd.url + "/rotated", headers={"X-Value": "{{ secret.ROTATED }}"}))

    def sends_new_value() -> bool:
        opened.finish(opened.begin(sent))
        return odd.at("/rotated")[-1].headers["X-Value"] == "canary-after-91"

    assert wait_until(sends_new_value, seconds=20)
    released.set()

    assert opened.finish(late).output["json"] == {"before": "***", "after": "***"}


def test_deleted_secret_and_credential_fail_their_steps(opened: Stack, api: Api, odd: OddServer, stored: None) -> None:
    put(api, "/secrets/GONE", value="canary-gone-92")
    put(api, "/credentials/gone", type="bearer", token="GONE", hosts=[odd.url])
    using = {
        "secret": node("http_call", url=odd.url + "/echo", headers={"X-A": "{{ secret.GONE }}"}),
        "credential": node("http_call", url=odd.url + "/echo", auth="gone"),
    }
    for each in using.values():
        assert opened.finish(opened.begin(graph("n", n=each))).status == "COMPLETED"

    used_by = api.delete("/secrets/GONE").json()["used_by"]

    assert [use["kind"] for use in used_by] == ["credential", "workflow"]
    sentence = "The secret GONE was deleted; store it again by PUT /secrets/GONE, or set SECRET_GONE."
    for each in using.values():
        assert wait_until(lambda each=each: message_of(opened, each) == sentence, seconds=20)  # type: ignore[misc]
    api.delete("/credentials/gone")
    sentence = "The credential gone does not exist; store it by PUT /credentials/gone."
    assert wait_until(lambda: message_of(opened, using["credential"]) == sentence, seconds=20)


def message_of(opened: Stack, given: dict[str, Any]) -> str | None:
    """The message with which a node fails now; None: it does not."""
    execution = opened.begin(graph("n", n=given))
    opened.finish(execution)
    error = opened.step(execution, "n").error
    return None if error is None else str(error["message"])

"""The node type ``call_external_service``: another service is asked, or one is simulated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.engine.handlers.call_external_service import handler
from app.engine.registry import HandlerResult, Services
from app.errors import StepFailed
from tests.service import Service


def call(url: str, *, simulates: bool = False, **data: Any) -> HandlerResult:
    services = Services(idempotency_key="once", allow_private_addresses=True, simulates=simulates)
    return execute(services, url=url, **data)


def execute(services: Services, **data: Any) -> HandlerResult:
    return asyncio.run(handler.execute(node_id="a", data=data, exec_id="e", payload={}, services=services))


def test_response_of_a_service_is_parsed(calls: Service) -> None:
    url = calls.url + "/echo"

    result = call(url, method="post", body={"a": 1}).result

    assert {key: result[key] for key in ("status_code", "url", "method")} == {
        "status_code": 200,
        "url": url,
        "method": "POST",
    }
    assert result["response"]["body"] == '{"a": 1}'
    assert calls.at("/echo")[0].key == "once"


@pytest.mark.parametrize(("path", "response"), [("/null", None), ("/empty", ""), ("/words", "as it is")])
def test_response_without_json_is_text_and_null_is_null(calls: Service, path: str, response: Any) -> None:
    assert call(calls.url + path).result["response"] == response


@pytest.mark.parametrize("status", [400, 404, 500])
def test_status_of_400_or_more_fails_and_may_be_tried_again(calls: Service, status: int) -> None:
    with pytest.raises(StepFailed, match=f"answered {status}") as failed:
        call(f"{calls.url}/x?code={status}")

    assert failed.value.retry is True


def test_dev_environment_simulates_the_call() -> None:
    result = call("http://api.example.com/user", simulates=True)

    assert result.halted
    assert 1 <= (result.resume_in or 0) <= 2
    assert (result.result["status_code"], result.result["method"]) == (200, "GET")
    assert result.result["response"]["simulated"] is True


def test_node_sets_whether_it_is_simulated(calls: Service) -> None:
    simulated = call(calls.url, mock=True)
    asked = call(calls.url, simulates=True, mock=False)
    mocked = call(calls.url, simulates=True, mock={"user": 7})
    nothing = call(calls.url, mock=None)

    assert simulated.result["response"]["simulated"] is True
    assert (asked.result["response"], asked.halted) == ({}, False)
    assert (mocked.result["response"], mocked.halted) == ({"user": 7}, False)
    assert nothing.result["response"] == {}
    assert len(calls.calls) == 2


def test_private_address_is_refused_by_setting() -> None:
    with pytest.raises(StepFailed, match="private address"):
        execute(Services(), url="http://127.0.0.1/")

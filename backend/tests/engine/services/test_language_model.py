"""The node types ``llm`` and ``llm_service``: a language model is asked, or one is simulated; the key stays secret."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.engine.handlers import llm, llm_service
from app.engine.handlers.llm import Llm
from app.engine.handlers.llm_service import LlmService
from app.engine.registry import HandlerResult, Services
from app.engine.services.language_model import LanguageModel
from app.errors import StepFailed
from app.scripts.stack.embedded import Servers
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases
from tests.service import Service, service

KEY = 'sk-"secret"/73577357'
HANDLERS = [llm.handler, llm_service.handler]


def at(calls: Service | None, *, simulates: bool = False) -> Services:
    model = LanguageModel(f"{calls.url}/llm/" if calls else "", KEY, "small")
    return Services(idempotency_key="once", language_model=model, simulates=simulates)


def ask(handler: Llm | LlmService, services: Services, **data: Any) -> HandlerResult:
    return asyncio.run(handler.execute(node_id="ask", data=data, exec_id="e", payload={}, services=services))


@pytest.mark.parametrize("handler", HANDLERS)
def test_llm_request_carries_all_settings_of_the_node(handler: Llm | LlmService, calls: Service) -> None:
    settings_of_node = {
        "prompt": "Hello",
        "system": "Be kind",
        "model": "large",
        "temperature": 0.7,
        "max_tokens": 1000,
    }

    result = ask(handler, at(calls), **settings_of_node).result

    (call,) = calls.at("/llm/chat/completions")
    assert call.json == {
        "model": "large",
        "messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hello"}],
        "temperature": 0.7,
        "max_tokens": 1000,
    }
    assert (call.headers["Authorization"], call.key) == (f"Bearer {KEY}", "once")
    assert result["model"] == "large-1"
    assert result["response"] == "You said: Hello, Bearer ***"
    assert result["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_unset_llm_options_are_not_sent(calls: Service) -> None:
    ask(llm.handler, at(calls), prompt={"a": "é"})

    (call,) = calls.at("/llm/chat/completions")
    assert call.json == {"model": "small", "messages": [{"role": "user", "content": '{"a": "é"}'}]}


@pytest.mark.parametrize(("status", "retry"), [(429, True), (500, True), (503, True), (400, False), (404, False)])
def test_only_transient_failures_are_retried(calls: Service, status: int, retry: bool) -> None:
    with pytest.raises(StepFailed, match=f"answered {status}: No, Bearer [*]{{3}}: {status}[.]$") as failed:
        ask(llm.handler, at(calls), prompt=f"status {status}")

    assert (failed.value.kind, failed.value.retry) == ("HttpStatus", retry)
    assert "73577357" not in str(failed.value)


def test_response_of_a_refusing_endpoint_is_not_quoted(calls: Service) -> None:
    with pytest.raises(StepFailed) as failed:
        ask(llm.handler, at(calls), prompt="status 401")

    assert str(failed.value) == "The language model's endpoint answered 401."
    assert failed.value.retry is False


def test_answer_of_another_shape_fails(calls: Service) -> None:
    with pytest.raises(StepFailed, match="did not return a chat completion") as failed:
        ask(llm.handler, at(calls), prompt="nonsense")

    assert failed.value.kind == "InvalidAnswer"


@pytest.mark.parametrize(
    "model",
    [
        LanguageModel("http://127.0.0.1:9/", KEY),
        LanguageModel(f"http://127.0.0.1:9/{KEY}", KEY),
        LanguageModel("http://127.0.0.1:9/", f"{KEY}\n"),
    ],
)
def test_no_error_and_no_description_holds_the_key(model: LanguageModel) -> None:
    services = Services(language_model=model)

    with pytest.raises(StepFailed) as failed:
        ask(llm.handler, services, prompt="Hello")

    assert "73577357" not in str(failed.value)
    assert "73577357" not in repr(services).replace(model.url, "")


def test_cloud_metadata_addresses_are_never_reachable() -> None:
    services = Services(language_model=LanguageModel("http://169.254.169.254/"))

    with pytest.raises(StepFailed, match="never called") as failed:
        ask(llm.handler, services, prompt="Hello")

    assert failed.value.retry is False


def test_missing_llm_endpoint_is_simulated_deterministically() -> None:
    first, again = (ask(llm.handler, at(None), prompt="Hello there", system="Be kind") for _ in range(2))

    assert first == again
    assert "simulated" in first.result["response"]
    assert "Hello there" in first.result["response"]
    assert first.result["model"] == "small"
    assert first.result["usage"]["prompt_tokens"] == 4
    assert first.result["usage"]["total_tokens"] == 4 + first.result["usage"]["completion_tokens"]


def test_simulated_answer_cites_no_part_of_a_secret() -> None:
    services = at(None)
    services = replace(services, redact=lambda text: text.replace("73577357", "***"))

    result = ask(llm.handler, services, prompt="x" * (llm.QUOTED_CHARACTERS - 4) + "73577357")

    assert "7357" not in str(result.result)


def test_llm_service_is_simulated_in_development() -> None:
    result = ask(llm_service.handler, at(None, simulates=True), prompt="Hello")

    assert "simulated" in result.result["response"]
    assert result.halted
    assert 1 <= (result.resume_in or 0) <= 2


def test_configured_service_is_called_in_development(calls: Service) -> None:
    result = ask(llm_service.handler, at(calls, simulates=True), prompt="Hello")

    assert result.result["response"].startswith("You said")
    assert not result.halted


def test_node_sets_whether_it_is_simulated(calls: Service) -> None:
    services = at(calls)

    simulated = ask(llm_service.handler, services, prompt="Hello", mock=True)
    mocked = ask(llm_service.handler, services, prompt="Hello", mock="As told")
    nothing = ask(llm_service.handler, services, prompt="Hello", mock=None)

    assert "simulated" in simulated.result["response"]
    assert (mocked.result["response"], mocked.halted) == ("As told", False)
    assert nothing.result["response"].startswith("You said")
    assert len(calls.calls) == 1


@pytest.mark.parametrize("mock", [None, False])
def test_missing_llm_endpoint_fails_without_simulation(mock: Any) -> None:
    with pytest.raises(StepFailed, match="LLM_BASE_URL") as failed:
        ask(llm_service.handler, at(None, simulates=mock is False), prompt="Hello", mock=mock)

    assert (failed.value.kind, failed.value.retry) == ("NotConfigured", False)


@pytest.fixture(scope="module")
def model() -> Iterator[Service]:
    with service() as started:
        yield started


@pytest.fixture(scope="module")
def asking(
    servers: Servers, databases: Databases, model: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A worker that has a language model, and logs all that it and its libraries have to say."""
    own = {"LLM_BASE_URL": f"{model.url}/llm", "LLM_API_KEY": KEY, "LLM_MODEL": "own", "HTTP_ALLOW_PRIVATE": "false"}
    with stack(servers, databases, tmp_path_factory.mktemp("asking"), **own) as opened:
        opened.start_worker(level="DEBUG")
        yield opened


def test_private_model_endpoint_and_hidden_key(asking: Stack, model: Service) -> None:
    asks = graph("start>a>b", a=node("llm", prompt="Hello {{ name }}"), b=node("llm_service", prompt="{{ a.output }}"))
    fails = graph("start>a", a=node("llm", prompt="status 400"))

    completed, failed = asking.begin(asks, {"name": "Ada"}), asking.begin(fails)

    assert asking.finish(completed).status == "COMPLETED"
    assert asking.finish(failed).status == "FAILED"
    assert [call.headers["Authorization"] for call in model.calls] == [f"Bearer {KEY}"] * 3
    assert asking.step(completed, "a").output["model"] == "own-1"
    assert len(model.keys("/llm/chat/completions")) == 3
    texts = [asking.log]
    for table in asking.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"):
        texts += [row.text for row in asking.rows(f"SELECT t::text AS text FROM {table.name} t")]
    assert not any("73577357" in text for text in texts)

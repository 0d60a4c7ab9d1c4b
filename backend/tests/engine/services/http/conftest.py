"""A server that answers oddly, and a call to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.engine.registry import Services
from app.engine.services.http.answers import Answer
from app.engine.toolkit.http_calls import HttpRequestData, make_call
from app.errors import StepFailed
from tests.odd_server import OddServer, odd_server

#: Calls a URL with further data of a node.
Call = Callable[..., Answer]


@pytest.fixture
def odd() -> Iterator[OddServer]:
    with odd_server() as started:
        yield started


@pytest.fixture
def other() -> Iterator[OddServer]:
    """A second server: another origin."""
    with odd_server() as started:
        yield started


@pytest.fixture
def call() -> Call:
    def make(url: str, **data: Any) -> Answer:
        services = Services(idempotency_key="key-1", allow_private_addresses=True)
        data_of_node = HttpRequestData.model_validate({"url": url, **data})
        return asyncio.run(make_call(data_of_node, services, fail_on_status=False))

    return make


@pytest.fixture
def failure(call: Call) -> Callable[..., StepFailed]:
    """The failure of a call."""

    def make(url: str, **data: Any) -> StepFailed:
        with pytest.raises(StepFailed) as failed:
            call(url, **data)
        return failed.value

    return make

"""A call to a server that answers oddly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.engine.registry import Services
from app.engine.services.http.exchange import Answer
from app.engine.toolkit.http_calls import HttpRequestData, make_call
from app.errors import StepFailed

#: Calls a URL with further data of a node.
Call = Callable[..., Answer]


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

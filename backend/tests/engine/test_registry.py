"""The registry: what a handler says about itself."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.registry import HandlerResult, Registry, Way, is_pure, way_of


class Computes:
    type = "computes"
    computes = True
    pure = True

    def execute(self, **_: Any) -> HandlerResult:
        return HandlerResult()


class ComputesAsync:
    type = "computes_async"
    computes = True

    async def execute(self, **_: Any) -> HandlerResult:
        return HandlerResult()


def test_handler_that_computes_is_never_pure() -> None:
    assert way_of(Computes()) is Way.COMPUTE
    assert not is_pure(Computes(), {})


def test_async_handler_cannot_compute() -> None:
    with pytest.raises(TypeError) as refused:
        Registry().register(ComputesAsync())

    assert str(refused.value) == (
        "The handler of computes_async sets computes, and its execute is async def; what computes blocks the event"
        " loop, so make execute a plain def."
    )

"""
Node type ``python_function``: call a function that the deployment registered by name; never code from a request.

    from app.engine.handlers.python_function import function

    @function("orders.total")
    def total(items: list[dict]) -> float: ...

A file in this folder that does this needs nothing else: every module here is imported at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from app.errors import StepFailed
from app.graph.names import listed, quote
from app.logic.templates import is_template

from ..registry import HandlerResult, Services

_F = TypeVar("_F", bound=Callable[..., Any])


class FunctionData(BaseModel):
    model_config = ConfigDict(extra="allow")

    function: str = Field(description="The name under which the deployment registered the function.", min_length=1)
    args: list[Any] | None = Field(None, description="By position.")
    named: dict[str, Any] | None = Field(None, validation_alias=AliasChoices("kwargs"), description="By keyword.")

    @field_validator("function")
    @classmethod
    def _is_registered(cls, value: str) -> str:
        if value not in handler.functions and not is_template(value):
            raise ValueError(f"no function is registered as {quote(value)}; {_list_functions()}")
        return value


class PythonFunction:
    type = "python_function"
    title = "Python function"
    category = "Calls"
    icon = "code"
    summary = ("{function}",)
    needs_input = False
    Data = FunctionData

    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {}

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        called = self.functions.get(data["function"])
        if called is None:
            name = quote(services.redact(str(data["function"])))
            message = f"Node {node_id}: no function is registered as {name}; {_list_functions()}."
            raise StepFailed(message, kind="UnknownFunction", retry=False)
        return HandlerResult(result=called(*(data.get("args") or ()), **(data.get("kwargs") or {})))


handler = PythonFunction()


def _list_functions() -> str:
    names = sorted(handler.functions)
    return f"the functions are {listed(names)}" if names else "none is registered"


def function(name: str) -> Callable[[_F], _F]:
    """Let definitions call the decorated function by this name."""

    def register(decorated: _F) -> _F:
        handler.functions[name] = decorated
        return decorated

    return register

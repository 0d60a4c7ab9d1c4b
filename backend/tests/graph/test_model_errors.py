"""Problems of pydantic in our words."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.graph.model_errors import ModelError, model_errors


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Literal["queue", "drop"] = "queue"
    label: str | int | None = None


class Whole(BaseModel):
    name: str
    parts: list[Part] = Field(default_factory=list)
    tags: dict[str, str] | None = None
    size: float = Field(1, ge=0)


def errors(**data: Any) -> list[ModelError]:
    with pytest.raises(ValidationError) as refused:
        Whole.model_validate(data)
    return model_errors(refused.value, data)


def test_missing_key_is_required() -> None:
    assert errors() == [(("name",), "it is required")]


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ({"name": None}, ("name",), "it is null; it must be a text"),
        ({"parts": {"a": True}}, ("parts",), 'it is {"a": true}; it must be a list'),
        ({"parts": [1]}, ("parts", 0), "it is 1; it must be an object"),
        ({"parts": [{"mode": "stop"}]}, ("parts", 0, "mode"), 'it is "stop"; it must be "queue" or "drop"'),
        ({"parts": [{"mod": "drop"}]}, ("parts", 0, "mod"), "this key is unknown"),
        ({"parts": [{"label": [1]}]}, ("parts", 0, "label"), "it is [1]; it must be a text or a whole number"),
        ({"tags": [1]}, ("tags",), "it is [1]; it must be an object"),
        ({"size": -1}, ("size",), "it is -1; it should be greater than or equal to 0"),
    ],
)
def test_wrong_value_is_shown_with_what_it_must_be(data: Any, path: tuple[Any, ...], message: str) -> None:
    assert errors(**{"name": "x", **data}) == [(path, message)]

"""The JSON Schema of the reserved keys says what the reader takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.graph.building.reserved import RESERVED, read_node
from app.graph.building.reserved_schema import RESERVED_SCHEMA
from app.graph.model import Traits

PROPERTIES: dict[str, Any] = RESERVED_SCHEMA["properties"]


def test_schema_has_each_reserved_key() -> None:
    assert sorted(PROPERTIES) == sorted(RESERVED)
    assert all(each["description"] for each in PROPERTIES.values())


def test_defaults_of_the_schema_are_those_of_a_node() -> None:
    defaults = {key: each["default"] for key, each in PROPERTIES.items() if "default" in each}
    retry = {key: each["default"] for key, each in PROPERTIES["retry"]["properties"].items()}

    plain, written = read_node("a", "x", {}, Traits()), read_node("a", "x", defaults, Traits())

    assert replace(written, data={}) == plain
    assert read_node("a", "x", {"retry": retry}, Traits()).retry == read_node("a", "x", {"retry": {}}, Traits()).retry


@pytest.mark.parametrize("key", ["on_error", "on_lost"])
def test_every_choice_of_the_schema_is_read(key: str) -> None:
    faults = [read_node("a", "x", {key: choice}, Traits()).fault for choice in PROPERTIES[key]["enum"]]

    assert faults == [None] * len(faults)

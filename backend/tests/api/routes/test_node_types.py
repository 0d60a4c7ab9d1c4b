"""The node types of a deployment, and the keys that all of them have."""

from __future__ import annotations

from app.graph.building.reserved_schema import RESERVED_SCHEMA
from tests.api.client import Api


def test_reserved_keys_are_described(api: Api) -> None:
    assert api.get("/node-types/reserved").json() == RESERVED_SCHEMA

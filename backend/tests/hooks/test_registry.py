"""The schemes are those that the API documents."""

from __future__ import annotations

from typing import get_args

import pytest

from app.api.schemas.hooks import SchemeName
from app.hooks.headers import Headers
from app.hooks.registry import SCHEMES


def test_api_documents_every_scheme() -> None:
    assert sorted(get_args(SchemeName)) == sorted(SCHEMES)


@pytest.mark.parametrize("name", SCHEMES)
def test_no_delivery_has_a_type_of_the_engine(name: str) -> None:
    payload = {"type": "trigraph.execution.failed", "event": {"type": "trigraph.execution.failed"}}

    assert SCHEMES[name].event_type(Headers(), payload).partition(".")[0] == name

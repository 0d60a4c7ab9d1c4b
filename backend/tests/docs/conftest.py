"""The stack that runs the examples has a key for secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def secrets_key() -> Iterator[None]:
    """``SECRETS_KEY`` in the environment of the processes that tests start."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SECRETS_KEY", base64.b64encode(b"k" * 32).decode())
        yield

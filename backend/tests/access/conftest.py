"""The OpenID provider that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.openid_provider import OpenIdProvider, running_provider


@pytest.fixture(scope="session")
def openid_provider() -> Iterator[OpenIdProvider]:
    with running_provider() as provider:
        yield provider

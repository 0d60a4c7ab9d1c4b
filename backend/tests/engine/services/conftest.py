"""Servers that answer oddly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.odd_server import OddServer, odd_server


@pytest.fixture
def odd() -> Iterator[OddServer]:
    with odd_server() as started:
        yield started


@pytest.fixture
def other() -> Iterator[OddServer]:
    """A second server: another origin."""
    with odd_server() as started:
        yield started

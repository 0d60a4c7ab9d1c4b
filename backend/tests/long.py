"""The mark of tests that take long for what they add: ``SOAK=1`` and ``make soak`` run them."""

from __future__ import annotations

import os

import pytest

SOAK = bool(os.environ.get("SOAK"))
LONG = pytest.mark.skipif(not SOAK, reason="Takes long; SOAK=1 runs it.")
#: Both kinds of pool, the second of them where there is time.
POOLS = ["prefork", pytest.param("threads", marks=LONG)]


def choose_count(few: int, many: int) -> int:
    """The number of examples that hypothesis makes: few find what a change breaks, many find what is rare."""
    return many if SOAK else few

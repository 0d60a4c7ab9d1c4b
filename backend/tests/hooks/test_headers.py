"""The headers of a delivery."""

from __future__ import annotations

import pytest

from app.errors import DeliveryRefused
from app.hooks.headers import read_headers

RAW = [(b"x-a", b" 1\t"), (b"x-b", b"2"), (b"x-b", b"3"), (b"x-c", b""), (b"x-d", b"\xe9")]


def test_values_are_found_by_any_spelling_of_the_name() -> None:
    headers = read_headers(RAW)

    assert (headers.get("X-A"), headers.get("x-c"), headers.get("X-Absent"), headers.get("X-D")) == (
        "1",
        None,
        None,
        "é",
    )
    assert headers.values["x-b"] == "2, 3"


def test_repeated_header_is_refused_where_it_matters() -> None:
    with pytest.raises(DeliveryRefused, match=r"^The delivery has the header X-B more than once; send it once\.$"):
        read_headers(RAW).get("X-B")

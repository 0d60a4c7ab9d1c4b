"""Lists leave out large documents unless asked, and a page is bounded in bytes."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.pages import PAGE_BYTES, count_fitting
from tests.api.client import Api

LARGE = {"text": "x" * 5000}
SMALL = {"text": "x" * 100}


def field(api: Api, path: str, name: str) -> tuple[Any, Any]:
    """A document of the first item of a list, and its size if the document is left out."""
    item = api.get(path).json()[0]
    return item[name], item.get(f"{name}_bytes")


@pytest.mark.parametrize("large", [True, False])
def test_large_documents_are_left_out(api: Api, large: bool) -> None:
    api.save()
    payload = LARGE if large else SMALL
    id = api.fire(payload)["executions"][0]["id"]
    left_out = (None, 5012) if large else (payload, None)

    assert field(api, "/events", "payload") == left_out
    assert field(api, "/executions", "context") == left_out
    assert field(api, "/events?full=true", "payload") == (payload, None)
    assert field(api, "/executions?full=true", "context") == (payload, None)
    assert api.get(f"/executions/{id}").json()["context"] == payload


def test_page_of_large_documents_is_shorter(api: Api) -> None:
    for number in range(20):
        api.fire({"n": number, "text": "x" * 950_000})

    page = api.get("/events?full=true&limit=20")
    rest = api.get(page.links["next"]["url"])

    numbers = [event["payload"]["n"] for answer in (page, rest) for event in answer.json()]
    assert numbers == list(range(19, -1, -1))
    assert len(page.content) < PAGE_BYTES + 100_000
    assert "next" not in rest.links
    assert len(api.get("/events?limit=20").json()) == 20


@pytest.mark.parametrize(
    ("sizes", "count"), [([], 0), ([10], 1), ([99], 1), ([5, 5], 2), ([5, 6], 1), ([99, 1], 1), ([0] * 100, 100)]
)
def test_fitting_documents_are_counted(sizes: list[int], count: int) -> None:
    assert count_fitting(sizes, most=10) == count

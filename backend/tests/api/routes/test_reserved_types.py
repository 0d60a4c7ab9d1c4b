"""Types that begin with ``trigraph.`` belong to Trigraph: no sender may use them, in whatever form an event comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.hooks import Hooked

FORGED = "trigraph.execution.failed"
EVENT = {"specversion": "1.0", "id": "1", "source": "x", "type": FORGED, "data": {}}


@pytest.mark.parametrize(
    "request_",
    [
        {"json": EVENT, "headers": {"Content-Type": "application/cloudevents+json"}},
        {"json": [EVENT], "headers": {"Content-Type": "application/cloudevents-batch+json"}},
        {"json": {}, "headers": {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "x", "ce-type": FORGED}},
        {"json": {"$event": {"type": FORGED}}},
    ],
)
def test_event_with_reserved_type_is_refused(api: Api, request_: Any) -> None:
    answer = api.post("/events", **request_)

    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(
        'The type of the event is "trigraph.execution.failed"; types that begin with `trigraph.` are reserved for '
        "events of Trigraph itself, so choose another one."
    )


def test_webhook_cannot_imitate_a_reserved_type(hooked: Hooked) -> None:
    name = hooked.make("none", None)

    answer = hooked.api.post(f"/hooks/{name}", json={"$event": {"type": FORGED}})

    assert answer.status_code == 422
    assert "are reserved for events of Trigraph itself" in answer.json()["detail"]

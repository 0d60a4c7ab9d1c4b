"""Filters of the list of events: outcome, type, source, time, a value at a path, and a text."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.storage.event_search import BATCH, EventFilter, fits_payload
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

CLOUD = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.paid", "data": {"order": 1017}}
HEADERS = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture
def ids(api: Api) -> list[str]:
    """Events, the oldest first: one starts a workflow, one makes a trigger fail, others match nothing."""
    api.save(name="leads", trigger={"==": [{"var": "lead.source"}, "LinkedIn"]})
    api.save(name="broken", trigger={"reduce": [{"var": "many"}, {"+": [{"var": "accumulator"}, 1]}, 0]})
    answers = [
        api.fire({"lead": {"source": "LinkedIn", "score": 90}}),
        api.fire({"lead": {"source": "Müller & Co", "score": 70.0, "tags": ["a", True, None]}}),
        api.fire(CLOUD, headers=HEADERS),
    ]
    return [answer["event_id"] for answer in answers]


def listed(api: Api, ids: list[str], query: str) -> list[int]:
    response = api.get(f"/events?{query}")
    assert response.status_code == 200, response.text
    return [ids.index(row["id"]) for row in response.json()]


def test_events_are_found_by_their_outcome(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "matched=yes") == [0]
    assert listed(api, ids, "matched=none") == [2, 1]
    assert listed(api, ids, "matched=error") == []


def test_events_with_failed_triggers_are_found(api: Api, settings: Settings, ids: list[str]) -> None:
    failed = '{"matched": 0, "executions": [], "errors": [{"workflow_id": "x", "message": "No number."}]}'
    RecordedExecution(settings.database, ids[1]).execute("UPDATE events SET answer = %s WHERE id = %s", failed, ids[1])

    assert api.get("/events?matched=error").json()[0]["id"] == ids[1]


def test_events_are_found_by_type_and_source(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "type=order.paid") == [2]
    assert listed(api, ids, "source=/shop&matched=none") == [2]
    assert listed(api, ids, "type=order") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("path=lead.source&value=LinkedIn", [0]),
        ("path=lead.score&value=70", [1]),
        ("path=lead.score&value=90.0", [0]),
        ("path=lead.tags.1&value=true", [1]),
        ("path=lead.tags.9", []),
        ("path=lead", [1, 0]),
        ("path=lead.source&value=linkedin", []),
        ("path=.", []),
    ],
)
def test_events_are_found_by_a_value_at_a_path(api: Api, ids: list[str], query: str, found: list[int]) -> None:
    assert listed(api, ids, query) == found


def test_events_are_found_by_a_text(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "q=m%C3%BCller") == [1]
    assert listed(api, ids, "q=linkedin") == [0]
    assert listed(api, ids, "q=1017") == [2]
    assert listed(api, ids, "q=%25") == []


@pytest.mark.parametrize("text", ['{"a":"\\u0000x"}', '{"a":"\\ud800"}', '{"a":"\\u00fcber","n":1e400}'])
def test_odd_payloads_do_not_stop_a_search(api: Api, text: str) -> None:
    event = api.post("/events", data=text).json()["event_id"]

    assert [row["id"] for row in api.get("/events?path=a").json()] == [event]
    assert api.get("/events?q=nothing like this").json() == []
    assert api.get("/events?type=%C3%BC").json() == []


def test_time_bounds_are_kept(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "from=2026-01-01T00:00:00Z") == [2, 1, 0]
    assert listed(api, ids, "to=2026-01-01T00:00:00Z") == []
    assert listed(api, ids, "to=2026-01-01T00:00:00Z&q=linkedin") == []


def test_pages_of_found_events_follow_each_other(api: Api, ids: list[str]) -> None:
    for number in range(BATCH + 10):
        api.fire({"n": number})

    page = api.get("/events?path=lead&limit=1")
    rest = api.get(page.links["next"]["url"])

    assert [ids.index(row["id"]) for row in (*page.json(), *rest.json())] == [1, 0]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("value=1", "value is '1' and path is missing"),
        ("near=1&q=x", "near and q cannot be combined"),
        ("near=1&from=2026-01-01T00:00:00Z", "near and from cannot be combined"),
        ("matched=perhaps", "matched"),
        ("q=%00", "NUL"),
        ("from=now", "from"),
    ],
)
def test_wrong_filter_is_named(api: Api, query: str, named: str) -> None:
    response = api.get(f"/events?{query}")

    assert response.status_code == 422
    assert named in response.text


def test_number_is_the_same_however_it_is_written() -> None:
    wanted: Any = EventFilter(path="n", value="1e2")

    assert fits_payload(wanted, '{"n": 100}')
    assert not fits_payload(wanted, '{"n": true}')
    assert not fits_payload(EventFilter(path="n", value="x"), '{"n": 1}')

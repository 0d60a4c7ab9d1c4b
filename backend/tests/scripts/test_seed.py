"""The seed: it creates the samples once, and the event of the README matches one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine import handlers
from app.engine.definitions.validation import validate
from app.engine.registry import discover
from app.scripts.demo import respond
from app.scripts.seed import demo_url, lead_routing, seed, temperature_control
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.events import NewEvent
from app.storage.ids import new_id
from app.storage.json_text import dumps, loads
from app.triggers.fire import fire_event
from app.triggers.triggers import TriggerCache

REGISTRY = discover(handlers)


def start_names(engine: Engine, payload: Any) -> list[str]:
    event = NewEvent(id=new_id(), received_at=datetime.now(timezone.utc), text=dumps(payload))
    answer = loads(fire_event(engine, TriggerCache(), event, payload, grace=5).answer)
    return [execution["workflow_name"] for execution in answer["executions"]]


def test_concurrent_seeds_create_two_workflows(settings: Settings) -> None:
    engine = make_engine(settings)

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: seed(engine, REGISTRY, "http://x"), range(3)))

    assert sum(is_new for each in made for is_new in each.values()) == 2
    assert start_names(engine, {"lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}}) == ["Lead routing"]
    assert start_names(engine, {"temp": 31}) == ["Temperature control"]
    assert start_names(engine, {"lead": {"source": "LinkedIn", "score": 75}, "temp": 30}) == []
    engine.dispose()


@pytest.mark.parametrize(
    "draft", [lead_routing("http://x"), temperature_control("http://x")], ids=lambda draft: draft.name
)
def test_sample_has_no_warnings(draft: Any) -> None:
    assert validate(draft.document, REGISTRY).warnings == []


def test_samples_call_the_demo_service() -> None:
    assert demo_url(Settings()) == "http://localhost:18000"
    assert demo_url(Settings(demo_url="http://demo:18123/")) == "http://demo:18123"
    urls = [node["data"]["url"] for node in lead_routing("http://demo:1").document["nodes"] if "url" in node["data"]]

    assert urls == ["http://demo:1/"]


@pytest.mark.parametrize("draft", [lead_routing(""), temperature_control("")], ids=lambda draft: draft.name)
def test_demo_service_answers_the_calls_of_samples(draft: Any) -> None:
    calls = [node["data"] for node in draft.document["nodes"] if node["type"] == "http_call"]

    statuses = [respond(call["method"], call["url"], {}, "key")[0] for call in calls]

    assert statuses == [200]

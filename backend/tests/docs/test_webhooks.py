"""The examples about subscriptions are true: the body is accepted, events have that form, the receiver verifies."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from app.api.schemas.subscriptions import SubscriptionBody
from app.engine.deliveries.posting import cloud_event, event_of
from app.engine.deliveries.signing import make_secret, sign
from app.graph.engine_events import FAILED, TYPES, list_named_types
from app.storage.deliveries.outbox import Change
from tests.docs.pages import ROOT, Block, blocks

PAGE = ROOT / "docs" / "webhooks.md"
#: Those of the sections about events of the engine and subscriptions.
FIRST = PAGE.read_text().partition("## Events of the engine")[0].count("\n")
BLOCKS: list[Block] = [block for block in blocks(PAGE) if block.line > FIRST]
SHOWN = [json.loads(block.text) for block in BLOCKS if block.language == "json" and block.text.startswith("{")]


def shown(key: str) -> Any:
    """The JSON object of the page that has a key."""
    (found,) = [value for value in SHOWN if key in value]
    return found


def test_body_of_a_subscription_is_valid() -> None:
    assert SubscriptionBody.model_validate(shown("url")).types == shown("url")["types"]


def test_shown_event_has_the_form_of_one_that_is_sent() -> None:
    example = shown("specversion")
    data = example["data"]
    change = Change(
        *(1, 1, 3, FAILED, data["execution_id"], data["workflow_id"], data["workflow_name"], 1, 0, "FAILED"),
        *(data["error"], data["node_id"], None, None, datetime(2026, 1, 30, 12, 0, 0, 123456, timezone.utc)),
        data["execution_id"],
    )

    sent = json.loads(cloud_event(*event_of(change)))

    assert {**sent, "id": example["id"]} == example
    assert list(sent) == list(example)


def test_shown_receiver_verifies_a_delivery() -> None:
    (code,) = [block.text for block in BLOCKS if block.language == "python"]
    names: dict[str, Any] = {}
    exec(code, names)
    secret, body = make_secret(), json.dumps(shown("specversion"))

    headers = sign(secret, "1", int(datetime.now(timezone.utc).timestamp()), body)

    assert names["receive"](secret, body, headers) == shown("specversion")


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ('{"==": [{"var": "$event.type"}, "trigraph.execution.failed"]}', 1),
        ('{"in": ["trigraph.execution.", {"var": "$event.type"}]}', 5),
        ('{"!=": [{"var": "$event.type"}, "order.paid"]}', 0),
        ('{"==": [{"var": "status"}, "FAILED"]}', 0),
    ],
)
def test_shown_triggers_name_what_the_page_says(rule: str, named: int) -> None:
    assert f"| `{rule}` |" in PAGE.read_text()
    assert len(list_named_types(json.loads(rule))) == named


def test_page_lists_every_type() -> None:
    text = PAGE.read_text()

    assert all(type in text or f"`….{type.rpartition('.')[2]}`" in text for type in TYPES)

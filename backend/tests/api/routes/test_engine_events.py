"""Why an event of the engine started a workflow or not: as with all events, with the reasons that are its own."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from app.api.dependencies import AppContext
from app.engine.deliveries.posting import Poster
from app.graph.engine_events import FAILED
from app.storage.ids import new_id
from tests.api.client import Api

NAMED: dict[str, Any] = {"==": [{"var": "$event.type"}, FAILED]}


def post_failure(api: Api, database_url: str, workflow: str, *, depth: int = 0) -> str:
    """Post the event of a failed execution of a workflow, as a worker does; return its id."""
    assert api.app is not None
    context: AppContext = api.app.state.context
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_events (xact, rank, execution_id, workflow_id, version, depth, type, status)"
            " VALUES (1, 3, %s, %s, 1, %s, %s, 'FAILED')",
            (new_id(), workflow, depth, FAILED),
        )
    Poster(context.engine_context, lambda aftermath: None).post()
    return str(api.get("/events").json()[0]["id"])


def explain(api: Api, event: str, workflow: str) -> tuple[str, str]:
    answer = api.get(f"/events/{event}/explain?workflow_id={workflow}").json()
    return answer["decision"], answer["sentence"]


def test_workflow_that_names_the_type_is_started(api: Api, database_url: str) -> None:
    failing, alert = api.save(trigger=None)["id"], api.save(trigger=NAMED)["id"]

    event = post_failure(api, database_url, failing)

    decision, sentence = explain(api, event, alert)
    assert decision == "started"
    assert sentence.startswith("It started execution ")


@pytest.mark.parametrize("trigger", [True, {"!=": [{"var": "$event.type"}, "order.paid"]}])
def test_trigger_that_does_not_ask_for_the_type_is_explained(api: Api, database_url: str, trigger: Any) -> None:
    failing, other = api.save(trigger=None)["id"], api.save(trigger=trigger)["id"]

    event = post_failure(api, database_url, failing)

    assert explain(api, event, other) == (
        "not_matched",
        "It is an event of the engine, and the trigger does not ask for its type; compare `$event.type` with that type "
        "to be started by it.",
    )


def test_own_end_is_explained(api: Api, database_url: str) -> None:
    alert = api.save(trigger=NAMED)["id"]

    event = post_failure(api, database_url, alert)

    assert explain(api, event, alert) == (
        "not_matched",
        "It is about an execution of this workflow, which may start it only with `self: true`.",
    )


def test_limit_of_depth_is_explained(api: Api, database_url: str) -> None:
    failing, alert = api.save(trigger=None)["id"], api.save(trigger=NAMED)["id"]

    event = post_failure(api, database_url, failing, depth=20)

    assert explain(api, event, alert) == (
        "not_matched",
        "It did not start: more than 20 executions and events led to this event, each because of the one before.",
    )

"""Flow control over HTTP: saving, showing, refusing, and the response to an event."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from tests.api.client import NOTE, Api

ONE = {"limit": 1}
YAML = """
name: limited
trigger: true
concurrency: {limit: 2, key: "{{ payload.customer }}"}
tasks: [{id: a, activity_type: transform, config: {value: 1}}]
"""


def outcomes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(held["reason"], held["outcome"]) for held in answer.get("held", [])]


def executions(api: Api, **query: str) -> list[dict[str, Any]]:
    """Executions, oldest first."""
    found: list[dict[str, Any]] = api.get("/executions", params=query).json()
    return found[::-1]


def test_flow_settings_are_shown_as_saved(api: Api) -> None:
    sent = {"limit": 3, "key": "{{ payload.customer.id }}", "on_limit": "drop"}

    saved = api.save(concurrency=sent)

    assert saved["concurrency"] == sent
    assert api.get(f"/workflows/{saved['id']}").json()["concurrency"] == sent
    assert api.save()["concurrency"] is None


def test_put_of_the_same_definition_keeps_the_version(api: Api) -> None:
    saved = api.save(concurrency=ONE)

    changed = api.put(f"/workflows/{saved['id']}", json={"name": "w", "concurrency": {"limit": 2}}).json()
    without = api.put(f"/workflows/{saved['id']}", json={"name": "w"}).json()

    assert (changed["concurrency"], changed["version"]) == ({"limit": 2}, 1)
    assert (without["concurrency"], without["version"]) == (None, 1)


def test_top_level_member_beside_nodes_is_read(api: Api) -> None:
    saved = api.post("/workflows", json={"name": "w", **NOTE, "concurrency": ONE}).json()

    assert saved["concurrency"] == ONE
    assert "concurrency" not in saved["graph"]


def test_body_overrides_yaml_definition(api: Api) -> None:
    written = api.post("/workflows", json={"definition_yaml": YAML}).json()
    sent = api.post("/workflows", json={"definition_yaml": YAML, "name": "other", "concurrency": ONE}).json()

    assert written["concurrency"] == {"limit": 2, "key": "{{ payload.customer }}"}
    assert sent["concurrency"] == ONE


@pytest.mark.parametrize("body", [{"graph": NOTE}, {"definition_yaml": YAML}])
def test_invalid_settings_are_refused_at_their_place(api: Api, body: dict[str, Any]) -> None:
    response = api.post("/workflows", json={"name": "w", **body, "concurrency": {"limit": 0, "on_limit": "no"}})

    assert response.status_code == 422
    assert [(problem["code"], problem["pointer"]) for problem in response.json()["detail"]] == [
        ("INVALID_CONCURRENCY", "/concurrency/limit"),
        ("INVALID_CONCURRENCY", "/concurrency/on_limit"),
    ]


def test_event_beyond_the_limit_reports_it(api: Api) -> None:
    saved = api.save(concurrency=ONE)

    first, second = api.fire(), api.fire()

    assert "held" not in first
    (held,) = second["held"]
    assert held == {
        "id": second["executions"][0]["id"],
        "workflow_id": saved["id"],
        "workflow_name": "w",
        "reason": "concurrency",
        "outcome": "queued",
        "message": "The concurrency limit (1) is reached; the execution is queued.",
    }
    assert second["matched"] == 1
    assert [(row["status"], row["queued"]) for row in executions(api)] == [("PENDING", False), ("PENDING", True)]
    assert [wake_up.execution_id for wake_up in api.woken] == [first["executions"][0]["id"]]


def test_dropped_event_is_kept_and_starts_nothing(api: Api) -> None:
    api.save(concurrency={"limit": 1, "on_limit": "drop"})
    api.fire()

    answer = api.fire({"n": 2}, headers={"Idempotency-Key": "k"})
    again = api.fire({"n": 2}, headers={"Idempotency-Key": "k"})

    assert (answer["matched"], answer["executions"]) == (1, [])
    assert answer["held"][0]["id"] is None
    assert outcomes(answer) == [("concurrency", "dropped")]
    assert again == {**answer, "repeat_of": answer["event_id"]}
    assert api.get(f"/events/{answer['event_id']}").json()["payload"] == {"n": 2}
    assert len(executions(api)) == 1


def test_keys_have_lanes_of_their_own(api: Api) -> None:
    api.save(concurrency={"limit": 1, "key": "{{ payload.customer }}"})

    answers = [api.fire({"customer": customer}) for customer in ("ada", "bob", "ada", "\x00", "\ud800")]

    assert [outcomes(answer) for answer in answers] == [[], [], [("concurrency", "queued")], [], []]


def test_another_workflow_that_matches_is_not_held(api: Api) -> None:
    limited, free = api.save(concurrency=ONE), api.save()
    api.fire()

    answer = api.fire()

    assert [held["workflow_id"] for held in answer["held"]] == [limited["id"]]
    assert {started["workflow_id"] for started in answer["executions"]} == {limited["id"], free["id"]}
    begun = {wake_up.execution_id for wake_up in api.woken}
    assert {row["workflow_id"] for row in executions(api) if row["id"] not in begun} == {limited["id"]}


def test_manual_start_counts_too(api: Api) -> None:
    queues, drops = api.save(concurrency=ONE), api.save(concurrency={"limit": 1, "on_limit": "drop"})

    started = [api.post("/executions", json={"workflow_id": queues["id"]}).json() for _ in range(2)]
    answers = [api.post("/executions", json={"workflow_id": drops["id"]}) for _ in range(2)]

    assert [execution["queued"] for execution in started] == [False, True]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert "limit" in answers[1].json()["detail"]
    assert len(api.woken) == 2


def test_newest_execution_replaces_the_older(api: Api) -> None:
    api.save(concurrency={"limit": 1, "on_limit": "replace"})

    answers = [api.fire({"n": n}) for n in range(3)]

    assert [outcomes(answer) for answer in answers] == [[], *[[("concurrency", "replacing")]] * 2]
    assert [(row["status"], row["queued"]) for row in executions(api)] == [
        ("CANCELLED", False),
        ("CANCELLED", False),
        ("PENDING", False),
    ]
    assert api.woken[-1].execution_id == answers[2]["executions"][0]["id"]


def test_cancelled_execution_frees_its_slot(api: Api) -> None:
    api.save(concurrency=ONE)
    first, second, third = (api.fire()["executions"][0]["id"] for _ in range(3))

    api.post(f"/executions/{second}/cancel")
    api.post(f"/executions/{first}/cancel")

    assert [(row["status"], row["queued"]) for row in executions(api)] == [
        ("CANCELLED", False),
        ("CANCELLED", False),
        ("PENDING", False),
    ]
    assert [wake_up.execution_id for wake_up in api.woken] == [first, third]


def test_paused_queued_execution_lets_others_pass(api: Api) -> None:
    api.save(concurrency=ONE)
    first, second, third = (api.fire()["executions"][0]["id"] for _ in range(3))

    api.post(f"/executions/{second}/pause")
    api.post(f"/executions/{first}/cancel")
    resumed = api.post(f"/executions/{second}/resume").json()

    assert (resumed["status"], resumed["queued"]) == ("PENDING", True)
    assert [row["queued"] for row in executions(api)] == [False, True, False]
    assert [wake_up.execution_id for wake_up in api.woken] == [first, third]
    api.post(f"/executions/{third}/cancel")
    assert api.woken[-1].execution_id == second


def test_retry_waits_for_a_slot_like_any_other(api: Api) -> None:
    api.save(concurrency=ONE)
    first, second = (api.fire()["executions"][0]["id"] for _ in range(2))
    api.post(f"/executions/{first}/cancel")

    retried = api.post(f"/executions/{first}/retry").json()

    assert (retried["status"], retried["queued"]) == ("PENDING", True)
    api.post(f"/executions/{second}/cancel")
    assert api.get(f"/executions/{first}").json()["queued"] is False
    assert [wake_up.execution_id for wake_up in api.woken] == [first, second, first]


def test_retry_beyond_a_drop_limit_is_refused(api: Api) -> None:
    api.save(concurrency={"limit": 1, "on_limit": "drop"})
    first = api.fire()["executions"][0]["id"]
    api.post(f"/executions/{first}/cancel")
    api.fire()

    response = api.post(f"/executions/{first}/retry")

    assert response.status_code == 409
    assert api.get(f"/executions/{first}").json()["status"] == "CANCELLED"


@pytest.mark.parametrize("more", [{}, {"concurrency": {"limit": 9}}])
def test_retry_respects_the_rate_limit(api: Api, more: dict[str, Any]) -> None:
    saved = api.save(rate_limit={"limit": 1, "period": "1h"}, **more)
    first, second = (api.fire()["executions"][0]["id"] for _ in range(2))
    api.post(f"/executions/{second}/cancel")

    retried = api.post(f"/executions/{second}/retry").json()

    assert (retried["status"], retried["queued"]) == ("PENDING", True)
    assert [wake_up.execution_id for wake_up in api.woken] == [first]
    api.post(f"/executions/{second}/cancel")
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "rate_limit": {"limit": 2, "period": "1h"}, **more})
    assert api.post(f"/executions/{second}/retry").json()["queued"] is False
    assert api.woken[-1].execution_id == second


def test_retry_leaves_the_lane_of_a_schedule_as_it_is(api: Api, settings: Settings) -> None:
    saved = api.save(rate_limit={"limit": 1, "period": "1h"})
    _, second = (api.fire()["executions"][0]["id"] for _ in range(2))
    api.post(f"/executions/{second}/cancel")
    lane = f"schedule/{saved['id']}"
    with closing(psycopg2.connect(settings.database)) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO lanes (name, slots, on_limit) VALUES (%s, 1, 'queue')", (lane,))
        cursor.execute("UPDATE executions SET lane = %s WHERE id = %s", (lane, second))
        connection.commit()

        retried = api.post(f"/executions/{second}/retry").json()

        cursor.execute("SELECT slots, workflow_id FROM lanes WHERE name = %s", (lane,))
        assert cursor.fetchall() == [(1, None)]
    assert retried["queued"] is True


def test_retry_that_waits_for_its_slot_is_pending(api: Api, settings: Settings) -> None:
    saved = api.save()
    running, retried = (api.fire()["executions"][0]["id"] for _ in range(2))
    with closing(psycopg2.connect(settings.database)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE executions SET status = 'RUNNING', started_at = now(), queued = id = %s", (retried,))
        connection.commit()

    def listed(status: str) -> list[str]:
        found = api.get("/executions", params={"workflow_id": saved["id"], "status": status}).json()
        return [each["id"] for each in found]

    shown = api.get(f"/executions/{retried}").json()
    assert (shown["status"], shown["queued"]) == ("PENDING", True)
    assert api.get(f"/executions/{retried}/status").json()["status"] == "PENDING"
    assert (listed("PENDING"), listed("RUNNING")) == ([retried], [running])


def test_limit_applies_from_its_save_to_its_removal(api: Api) -> None:
    saved = api.save()
    api.fire()
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": True, "concurrency": ONE})

    limited = [api.fire(), api.fire()]
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": True})

    assert [outcomes(answer) for answer in limited] == [[], [("concurrency", "queued")]]
    assert "held" not in api.fire()


def test_batch_of_events_fills_the_lane_in_order(api: Api) -> None:
    api.save(concurrency={"limit": 2})
    events = [{"specversion": "1.0", "id": str(n), "source": "s", "type": "t", "data": {"n": n}} for n in range(4)]

    answers = api.post("/events", json=events, headers={"Content-Type": "application/cloudevents-batch+json"}).json()

    assert [outcomes(answer) for answer in answers] == [[], [], *[[("concurrency", "queued")]] * 2]


def test_excess_starts_wait_or_are_dropped(api: Api) -> None:
    api.save(name="waits", rate_limit={"limit": 2, "period": "1h"})
    api.save(name="drops", rate_limit={"limit": 2, "period": "30d", "on_limit": "drop"})

    answers = [api.fire() for _ in range(3)]

    assert [sorted(outcomes(answer)) for answer in answers] == [
        [],
        [],
        [("rate_limit", "dropped"), ("rate_limit", "queued")],
    ]
    (dropped,) = (each for each in answers[2]["held"] if each["outcome"] == "dropped")
    assert dropped["message"] == "The rate limit (2 per 2592000 s) is reached; nothing is started."
    assert [row["queued"] for row in executions(api)] == [False] * 4 + [True]


def test_rate_counts_manual_starts(api: Api) -> None:
    saved = api.save(rate_limit={"limit": 1, "period": "1h", "key": "{{ k }}", "on_limit": "drop"})

    answers = [api.post("/executions", json={"workflow_id": saved["id"], "payload": {"k": k}}) for k in (1, 2, 1)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert outcomes(api.fire({"k": 2})) == [("rate_limit", "dropped")]


def test_cancelling_gives_a_slot_back_but_no_share_of_the_rate(api: Api) -> None:
    api.save(concurrency={"limit": 1}, rate_limit={"limit": 2, "period": "1h"})
    first, second, third = (api.fire()["executions"][0]["id"] for _ in range(3))

    for id in (first, second):
        api.post(f"/executions/{id}/cancel")

    assert [wake_up.execution_id for wake_up in api.woken] == [first, second]
    assert api.get(f"/executions/{third}").json()["queued"] is True


@pytest.mark.parametrize("sent", [{"debounce": {"period": "1h"}}, {"batch": {"size": 9, "period": "1h"}}])
def test_gathered_event_starts_nothing_yet(api: Api, sent: dict[str, Any]) -> None:
    saved = api.save(**sent)

    answer = api.fire({"n": 1})

    (reason,) = sent
    assert saved[reason] == sent[reason]
    assert (answer["matched"], answer["executions"]) == (1, [])
    assert answer["held"] == [
        {
            "id": None,
            "workflow_id": saved["id"],
            "workflow_name": "w",
            "reason": reason,
            "outcome": "gathered",
            "message": "The event is collected with others, which start one execution together.",
        }
    ]
    assert executions(api) == []


def test_event_that_fills_a_batch_starts_it_at_once(api: Api) -> None:
    api.save(batch={"size": 3, "period": "1h", "key": "{{ payload.k }}"})

    answers = [api.fire({"k": k, "n": n}) for n, k in enumerate("aababa")]

    started = executions(api)
    assert [[event["n"] for event in row["context"]["events"]] for row in started] == [[0, 1, 3]]
    assert started[0]["context"]["event"] == {"k": "a", "n": 3}
    assert started[0]["context"]["event_ids"] == [answers[n]["event_id"] for n in (0, 1, 3)]
    assert started[0]["event_id"] == answers[3]["event_id"]
    assert [wake_up.execution_id for wake_up in api.woken] == [started[0]["id"]]


def test_gathered_events_lead_to_their_execution_and_back(api: Api) -> None:
    saved = api.save(name="Gather", batch={"size": 3, "period": "1h"})

    ids = [api.fire({"n": n})["event_id"] for n in range(3)]

    (row,) = executions(api)
    started = [{"id": row["id"], "workflow_id": saved["id"], "workflow_name": "Gather"}]
    assert [api.get(f"/events/{id}").json()["executions"] for id in ids] == [started] * 3
    assert [event["executions"] for event in api.get("/events").json()] == [started] * 3
    assert [api.get(f"/executions?event_id={id}").json()[0]["id"] for id in ids] == [row["id"]] * 3
    assert row["event_ids"] == api.get(f"/executions/{row['id']}").json()["event_ids"] == ids


def test_repeated_event_is_gathered_once(api: Api) -> None:
    api.save(batch={"size": 2, "period": "1h"})

    answers = [api.fire({"n": 1}, headers={"Idempotency-Key": "k"}) for _ in range(3)]

    assert answers[1] == answers[2] == {**answers[0], "repeat_of": answers[0]["event_id"]}
    assert executions(api) == []
    api.fire({"n": 2})
    assert [row["context"]["events"] for row in executions(api)] == [[{"n": 1}, {"n": 2}]]


def test_manual_start_is_not_gathered(api: Api) -> None:
    saved = api.save(debounce={"period": "1h"})

    started = api.post("/executions", json={"workflow_id": saved["id"], "payload": {"n": 1}})

    assert (started.status_code, started.json()["context"]) == (201, {"n": 1})


def test_unchanged_schedule_keeps_its_next_time(api: Api) -> None:
    sent = {"cron": "0 0 1 1 *", "timezone": "Asia/Tokyo", "payload": {"a": 1.5}, "catch_up": "none"}
    saved = api.save(schedule=sent, trigger=None)

    again = api.put(f"/workflows/{saved['id']}", json={"name": "other", "schedule": sent}).json()
    changed = api.put(f"/workflows/{saved['id']}", json={"name": "w", "schedule": {"cron": "0 0 2 1 *"}}).json()
    off = api.put(f"/workflows/{saved['id']}", json={"name": "w", "schedule": sent, "is_active": False}).json()

    assert saved["schedule"] == sent
    assert saved["next_at"].endswith("-12-31T15:00:00+00:00")
    assert again["next_at"] == saved["next_at"]
    assert changed["next_at"].endswith("-01-02T00:00:00+00:00")
    assert (off["next_at"], off["version"]) == (None, 1)
    assert api.save()["next_at"] is None


def test_bad_schedule_is_refused_in_yaml_too(api: Api) -> None:
    text = YAML + "schedule: {cron: '* * *', timezone: Nowhere/Town}\n"

    response = api.post("/workflows", json={"definition_yaml": text})

    assert response.status_code == 422
    assert [problem["pointer"] for problem in response.json()["detail"]] == ["/schedule/cron", "/schedule/timezone"]

"""An API that is killed, or loses Postgres, while it stores events in groups: what it has accepted is kept once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from app.scripts.stack.processes import wait_until
from tests.api.client import NOTE, Api
from tests.faults.api_process import api_process
from tests.long import LONG
from tests.scenarios.stack import Stack

SENDERS = 24
#: Seconds in which a response comes, on a machine that has other things to do.
SOON = 20


class Senders:
    """Post events, each with a key of its own, until the API is gone; ``accepted`` has the events of those keys."""

    def __init__(self, url: str, killed_after: int) -> None:
        self.url = url
        self.killed_after = killed_after
        self.sent: list[str] = []
        self.accepted: dict[str, str] = {}
        self.enough = threading.Event()

    def run(self, sender: int) -> None:
        with requests.Session() as session:
            number = 0
            while True:
                key = f"{self.killed_after} {sender} {number}"
                number += 1
                self.sent.append(key)
                try:
                    response = session.post(
                        f"{self.url}/events", json={"n": key}, headers={"Idempotency-Key": key}, timeout=SOON
                    )
                except requests.RequestException:
                    return
                assert response.status_code == 200, response.text
                self.accepted[key] = response.json()["event_id"]
                if len(self.accepted) >= self.killed_after:
                    self.enough.set()


@pytest.mark.parametrize("killed_after", [30, *(pytest.param(count, marks=LONG) for count in (5, 100, 300))])
def test_accepted_events_survive_a_kill(fresh: Stack, killed_after: int) -> None:
    with ExitStack() as opened:
        api, child = opened.enter_context(api_process(fresh))
        api.save(graph=NOTE)
        senders = Senders(api.url, killed_after)
        with ThreadPoolExecutor(SENDERS) as pool:
            running = [pool.submit(senders.run, number) for number in range(SENDERS)]
            assert senders.enough.wait(SOON * 2)
            child.kill()
            for each in running:
                each.result()

    kept = {row.id: row.key for row in fresh.rows("SELECT id, payload ->> 'n' AS key FROM events")}
    assert {kept[event] for event in senders.accepted.values()} == set(senders.accepted)
    assert len(kept) == len(set(kept.values()))
    assert sorted(row.event_id for row in fresh.rows("SELECT event_id FROM executions")) == sorted(kept)

    with api_process(fresh) as (again, _):
        events = {key: repeat(again, key) for key in senders.sent}

    assert {key: events[key] for key in senders.accepted} == senders.accepted
    for table in ("events", "executions"):
        assert fresh.rows(f"SELECT count(*) AS all FROM {table}")[0].all == len(senders.sent)


def test_each_event_of_a_group_is_refused_without_postgres(fresh: Stack, without_postgres: Callable[..., Any]) -> None:
    def statuses(url: str) -> set[int]:
        def post(number: int) -> int:
            return requests.post(f"{url}/events", json={"n": number}, timeout=3 * SOON).status_code

        with ThreadPoolExecutor(SENDERS) as pool:
            return set(pool.map(post, range(SENDERS)))

    with api_process(fresh) as (api, _):
        api.save(graph=NOTE)
        before = statuses(api.url)
        with without_postgres():
            during = statuses(api.url)
        again = wait_until(lambda: statuses(api.url) == {200}, seconds=2 * SOON)

    assert (before, during, again) == ({200}, {503}, True)


def repeat(api: Api, key: str) -> str:
    """The event of a key, which is posted once more."""
    response = api.post("/events", json={"n": key}, headers={"Idempotency-Key": key}, timeout=SOON)
    assert response.status_code == 200, response.text
    id: str = response.json()["event_id"]
    return id

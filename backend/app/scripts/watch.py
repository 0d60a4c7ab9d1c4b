"""``trigraph watch EXECUTION``: print each change of an execution as it comes, until it has ended."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

#: Statuses after which an execution starts nothing more, and those of steps that have not ended.
ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
LIVE = frozenset({"READY", "RUNNING", "WAITING"})
#: Seconds for which one request may take.
TIMEOUT = 10.0


class Refused(Exception):
    """The API does not have the execution, or refuses to show it."""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("watch", help="print each change of an execution as it comes, until it has ended")
    parser.add_argument("execution", help="the id of an execution")
    parser.add_argument("--url", default="http://localhost:8000", help="the API; http://localhost:8000 by default")
    parser.add_argument("--key", default=os.environ.get("TRIGRAPH_KEY"), help="an API key; TRIGRAPH_KEY by default")
    parser.add_argument("--interval", type=float, default=0.5, help="seconds between two requests; 0.5 by default")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Watch until the execution has ended; 0 if it is COMPLETED then, else 1."""
    address = f"{given.url.rstrip('/')}/executions/{quote(given.execution, safe='')}/changes"
    has_completed = False
    try:
        for change in watch(lambda since: fetch(f"{address}?since={since}", given.key), pause=given.interval):
            print(line_of(change), flush=True)
            has_completed = "node_id" not in change and change["status"] == "COMPLETED"
    except Refused as error:
        print(error, file=sys.stderr)
    return 0 if has_completed else 1


def watch(changes_since: Callable[[int], Any], *, pause: float) -> Iterator[dict[str, Any]]:
    """
    Each change of status of a step or the execution; ends when nothing of the execution can change any more.

    ``changes_since`` returns a response of ``GET /executions/{id}/changes``; None: nothing has changed, or the API
    cannot be reached.
    """
    since, status, shown = 0, "", dict[str, str]()
    while True:
        found = changes_since(since)
        if found is not None:
            since = found["seq"]
            for step in found["steps"]:
                if step["status"] != shown.get(step["id"]):
                    shown[step["id"]] = step["status"]
                    yield step
            if found["more"]:
                continue
            if found["execution"]["status"] != status:
                status = found["execution"]["status"]
                yield found["execution"]
        if status in ENDED and not LIVE.intersection(shown.values()):
            return
        time.sleep(pause)


def fetch(address: str, key: str | None = None) -> Any:
    """The response; None if nothing has changed, or the API is not available. Raises Refused."""
    try:
        request = Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
        with urlopen(request, timeout=TIMEOUT) as response:
            return json.load(response)
    except HTTPError as error:
        if error.code == 304 or error.code >= 500:
            return None
        detail = json.loads(error.read() or b"{}").get("detail", error.reason)
        raise Refused(f"{address}: {detail}") from error
    except (URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        print(f"{address} cannot be reached ({reason}); trying again.", file=sys.stderr, flush=True)
        return None


def line_of(change: dict[str, Any]) -> str:
    """A change as one line: its time, status, node, which visit and attempt it is beyond the first, and its error."""
    at, error = change["finished_at"] or change.get("started_at") or "", change["error"]
    reason = f": {error['message']}" if isinstance(error, dict) and error.get("message") else ""
    if "node_id" not in change:
        return f"{at:32} {change['status']:9} the execution{reason}"
    numbers = [f" {name} {change[name]}" for name in ("visit", "attempt") if change[name] > 1]
    return f"{at:32} {change['status']:9} {change['node_id']} ({change['type']}){''.join(numbers)}{reason}"

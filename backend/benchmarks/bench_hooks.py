"""Verified and forged deliveries to a hook, beside plain ``POST /events``; and genuine ones during a flood."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from urllib.request import Request, urlopen

from benchmarks.load import Load, post_signed
from benchmarks.measured import cpu_seconds
from benchmarks.stage import chain, cursor, percentile, save

#: Requests of one kind in one round; the kinds take turns, so that what else the machine does meets all of them.
REQUESTS = 2_000
ROUNDS = 5
#: Requests of each kind before the first round.
WARM_UP = 300
#: Genuine deliveries, one after another, and forged ones meanwhile.
GENUINE = 100
FLOOD = 100_000
#: Requests to a path that does not exist, beside which genuine deliveries are as fast as they can be beside others.
FLOOR_FLOOD = 20_000
SECRET = "a secret of the benchmark"
BODY = json.dumps({"ref": "refs/heads/main", "lead": {"source": "bench", "score": 90}}).encode()
Requests = list[tuple[str, bytes, str]]


def signature(secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()


def deliveries(url: str, count: int, run: str, *, secret: str = SECRET) -> Requests:
    """Deliveries as GitHub makes them, each with an id of its own."""
    signed = (
        f"X-Hub-Signature-256: {signature(secret)}\r\nX-GitHub-Event: push\r\nUser-Agent: GitHub-Hookshot/044aadd\r\n"
    )
    return [(f"{url}/hooks/bench", BODY, f"{signed}X-GitHub-Delivery: {run}-{n}\r\n") for n in range(count)]


def kinds(url: str, run: str) -> dict[str, Requests]:
    return {
        "POST /events": [(f"{url}/events", BODY, "")] * REQUESTS,
        "POST /events with Idempotency-Key": [
            (f"{url}/events", BODY, f"Idempotency-Key: {run}-{n}\r\n") for n in range(REQUESTS)
        ],
        "verified delivery": deliveries(url, REQUESTS, run),
        "forged delivery": deliveries(url, REQUESTS, run, secret="a guess"),
    }


def measure(kind: str, requests: Requests, api: int) -> tuple[float, float]:
    """Requests a second, and the microseconds of CPU that one takes in the API; all of a kind have the same outcome."""
    before = cpu_seconds(api)
    load = post_signed(requests)
    if (load.accepted if kind == "forged delivery" else load.refused) > 0:
        raise RuntimeError(f"{kind}: {load.accepted} were accepted, {load.refused} refused.")
    return len(requests) / load.seconds, (cpu_seconds(api) - before) / len(requests) * 1e6


def deliver_slowly(url: str, run: str) -> list[float]:
    """The milliseconds of genuine deliveries, one after another, with pauses."""
    found = []
    for request in deliveries(url, GENUINE, run):
        started = time.perf_counter()
        if post_signed([request], clients=1).accepted != 1:
            raise RuntimeError("A genuine delivery was refused.")
        found.append((time.perf_counter() - started) * 1000)
        time.sleep(0.05)
    return found


def flood(requests: Requests) -> Load:
    return post_signed(requests, clients=4)


def print_latencies(what: str, found: list[float]) -> None:
    print(f"{what:55} {percentile(found, 0.5):6.1f} ms p50, {percentile(found, 0.99):6.1f} ms p99")


def main() -> None:
    url, api = sys.argv[1], int(sys.argv[2])
    with cursor() as on:
        save(on, chain(1, "transform"), trigger={"==": [{"var": "lead.source"}, "bench"]})
    body = json.dumps({"name": "bench", "scheme": "github", "secret": SECRET}).encode()
    urlopen(Request(f"{url}/hooks", body, {"Content-Type": "application/json"}))
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds(url, "warm")}
    for kind, requests in kinds(url, "warm-up").items():
        measure(kind, requests[:WARM_UP], api)
    for number in range(ROUNDS):
        for kind, requests in kinds(url, f"round-{number}").items():
            found[kind].append(measure(kind, requests, api))
    floor = found["POST /events"]
    for kind, rounds in found.items():
        rate = median(rate for rate, _ in rounds)
        ratio = median(rate / plain for (rate, _), (plain, _) in zip(rounds, floor, strict=True))
        cpu = median(cpu for _, cpu in rounds)
        print(f"{kind:36} {rate:7.0f} /s, {ratio:.2f} of POST /events, {cpu:6.0f} µs of the API's CPU")

    print_latencies("100 genuine deliveries alone", deliver_slowly(url, "alone"))
    floods = {
        f"beside {FLOOR_FLOOD:,} requests to an unknown path": [(f"{url}/unknown", BODY, "")] * FLOOR_FLOOD,
        f"beside {FLOOD:,} forged ones": deliveries(url, FLOOD, "flood", secret="a guess"),
    }
    with ProcessPoolExecutor(1) as process:
        for what, requests in floods.items():
            running = process.submit(flood, requests)
            time.sleep(3)
            print_latencies(what, deliver_slowly(url, what.replace(" ", "-")))
            load = running.result()
            print(f"{'':55} {load.refused / load.seconds:6.0f} refused a second")
    # Asking for the hook has the API write what it has collected.
    counted = json.load(urlopen(f"{url}/hooks/bench"))["refused"]
    with cursor() as on:
        on.execute("SELECT count(*) FROM hook_refusals")
        (kept,) = on.fetchone()
    sent = WARM_UP + ROUNDS * REQUESTS + FLOOD
    print(f"forged deliveries sent {sent}, counted {counted}, rows that list them {kept}")


if __name__ == "__main__":
    main()

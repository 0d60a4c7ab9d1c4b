"""``make bench``: every benchmark on a stage of its own, one after another."""

from __future__ import annotations

import base64
import sys

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import wait_until
from benchmarks.stage import Stage, stage


def main() -> None:
    chosen = set(sys.argv[1:]) or {
        *("ways_in", "walk", "calls", "dialects", "children"),
        *("events", "hooks", "waits", "triggers", "past", "why", "shadow", "step_index", "listening", "approvals"),
        *("access", "idle"),
    }
    with stage() as staged:
        if "ways_in" in chosen:
            url = staged.start_api(app="benchmarks.empty_api:app")
            staged.run("benchmarks.bench_ways_in", f"{url}|{staged.children['api'].pid}")
            staged.stop("api")
        worker = staged.start_worker(concurrency=2)
        if "events" in chosen:
            staged.run("benchmarks.bench_events", staged.start_api())
            staged.stop("api")
        if "hooks" in chosen:
            url = staged.start_api(SECRETS_KEY=base64.b64encode(bytes(32)).decode())
            staged.run("benchmarks.bench_hooks", url, str(staged.children["api"].pid))
            staged.stop("api")
        if "waits" in chosen:
            staged.run("benchmarks.bench_waits", staged.start_api())
            staged.stop("api")
        if "walk" in chosen:
            staged.start_worker("empty", app="benchmarks.empty")
            staged.run("benchmarks.bench_walk")
            staged.stop("empty")
        if "calls" in chosen:
            port = free_port()
            server = staged.start("slow", "-m", "benchmarks.slow_server", str(port))
            wait_until(lambda: server.has_logged("ready."), seconds=30)
            staged.run("benchmarks.bench_calls", f"http://127.0.0.1:{port}", str(worker.pid))
            staged.stop("slow")
        for name in ("dialects", "children", "triggers", "past", "why", "shadow", "step_index"):
            if name in chosen:
                staged.run(f"benchmarks.bench_{name}")
        staged.stop("worker")
        if "listening" in chosen:
            staged.run("benchmarks.bench_listening")
        if "approvals" in chosen:
            staged.run("benchmarks.bench_approvals", *(start_side(staged, name) for name in ("without", "crowded")))
        if "access" in chosen:
            urls = {
                "open": staged.start_api("open", AUTH="off"),
                "closed": staged.start_api("closed", AUTH="keys"),
                "audited": staged.start_api("audited", AUTH="keys"),
                "unaudited": staged.start_api("unaudited", app="benchmarks.unaudited_api:app", AUTH="keys"),
            }
            staged.run("benchmarks.bench_access", *(f"{url}|{staged.children[name].pid}" for name, url in urls.items()))
        if "idle" in chosen:
            staged.run("benchmarks.bench_idle")


def start_side(staged: Stage, name: str) -> str:
    """A database, a broker, a worker and an API beside the stage's own, as ``bench_approvals`` is told of them."""
    urls = staged.beside(name)
    staged.start_worker(f"{name}-worker", DATABASE_URL=urls["DATABASE_URL"], REDIS_URL=urls["REDIS_URL"])
    return "|".join([name, staged.start_api(f"{name}-api", **urls), *urls.values()])


if __name__ == "__main__":
    main()

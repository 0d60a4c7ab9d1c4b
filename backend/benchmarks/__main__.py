"""``make bench``: every benchmark on a stage of its own, one after another."""

from __future__ import annotations

import sys

from benchmarks.stage import stage


def main() -> None:
    chosen = set(sys.argv[1:]) or {"walk", "events", "waits", "triggers"}
    with stage() as staged:
        staged.start_worker(concurrency=2)
        if "events" in chosen:
            staged.run("benchmarks.bench_events", staged.start_api())
            staged.stop("api")
        if "waits" in chosen:
            staged.run("benchmarks.bench_waits", staged.start_api())
            staged.stop("api")
        if "walk" in chosen:
            staged.start_worker("empty", app="benchmarks.empty")
            staged.run("benchmarks.bench_walk")
            staged.stop("empty")
        if "triggers" in chosen:
            staged.run("benchmarks.bench_triggers")


if __name__ == "__main__":
    main()

"""``make bench``: every benchmark on a stage of its own, one after another."""

from __future__ import annotations

from benchmarks.stage import stage


def main() -> None:
    with stage() as staged:
        staged.start_worker(concurrency=4)
        staged.run("benchmarks.bench_walk")


if __name__ == "__main__":
    main()
